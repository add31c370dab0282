package io.freshet.evaluate.stream;

/**
 * Training from scratch whenever a period ends, as practice does it.
 *
 * @param passes most passes over the log; 0: none
 * @param search whether the first retraining looks for the number of passes, up to {@code passes}, after which ranks in
 *     the last period do not get better; else it is {@code passes}
 * @param periods periods of the log that it learns from, the latest; 0: all so far
 */
public record Retraining(int passes, boolean search, int periods) {
    /** No retraining. */
    public static final Retraining NONE = new Retraining(0, false, 0);

    public Retraining {
        if (passes < 0 || periods < 0) {
            throw new IllegalArgumentException(
                    "retraining: passes " + passes + " and periods " + periods + " must not be negative");
        }
    }
}
