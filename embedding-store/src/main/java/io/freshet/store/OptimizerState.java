package io.freshet.store;

/**
 * Optimizer state of a row; not read in serving.
 *
 * @param secondMoment decayed mean square of the row's gradients
 * @param lastStep step of the last update
 */
public record OptimizerState(float secondMoment, long lastStep) {}
