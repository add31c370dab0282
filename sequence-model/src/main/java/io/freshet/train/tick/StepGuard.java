package io.freshet.train.tick;

/** What keeps an optimizer step from being taken. */
public enum StepGuard {
    /** The loss of a position is not a number, or infinite. */
    LOSS,
    /** A dense gradient, or that of a logit's weight, is. */
    DENSE_GRADIENT,
    /** The gradient of a row is. */
    ROW_GRADIENT
}
