package io.freshet.evaluate;

/**
 * How a model is trained in epochs.
 *
 * @param epochs most passes over the training part
 * @param batchSequences sequences in a step, of all lanes together
 * @param negatives uniform negatives of each position's own; 0: a softmax over all items
 * @param dropout rate, in [0, 1)
 * @param learningRate of AdamW (betas 0.9, 0.98, no decay), constant, for dense weights and rows alike
 * @param validateEvery epochs between validations
 * @param patience validations without a better hit ratio at 10 before training stops
 * @param excludeSeen whether items of a user's past are left out of his rankings
 * @param lanes parts that a step is cut into; belongs to the arithmetic
 * @param threads threads that compute lanes; the bits do not depend on it
 * @param seed of initial values, order, negatives and dropout
 */
public record TrainingConfig(
        int epochs,
        int batchSequences,
        int negatives,
        float dropout,
        float learningRate,
        int validateEvery,
        int patience,
        boolean excludeSeen,
        int lanes,
        int threads,
        long seed) {

    public TrainingConfig {
        if (epochs < 1 || batchSequences < 1 || negatives < 0 || validateEvery < 1 || patience < 1) {
            throw new IllegalArgumentException("training: epochs " + epochs + ", batch " + batchSequences
                    + ", negatives " + negatives + ", validate every " + validateEvery + ", patience " + patience
                    + ": all must be positive (negatives may be 0)");
        }
        if (lanes < 1 || threads < 1) {
            throw new IllegalArgumentException("training: lanes " + lanes + ", threads " + threads + ": at least 1");
        }
    }

    /** The published regime: 128 sequences a step, 128 negatives a position, dropout 0.2, rate 1e-3. */
    public static TrainingConfig published(long seed, int threads) {
        return new TrainingConfig(101, 128, 128, 0.2f, 1e-3f, 2, 10, true, 8, threads, seed);
    }
}
