package io.freshet.train.loss;

/**
 * Row-wise Adagrad whose second moment decays with the steps that passed, so that learning never freezes: {@code v <-
 * rho^(missed steps) v + mean(g²); E <- E - rate * g / (sqrt(v) + eps)}. A row that is not touched is not changed.
 */
public final class RowOptimizer {
    private static final float EPSILON = 1e-8f;

    private final float rate;
    private final double decay;

    public RowOptimizer(float rate, float decay) {
        this.rate = rate;
        this.decay = decay;
    }

    /**
     * Updates {@code row [width]} by {@code grad [width]}, both from {@code offset} on, in place.
     *
     * @return the new second moment
     */
    public float update(float[] row, float[] grad, int offset, int width, float secondMoment, long missedSteps) {
        double squares = 0;
        for (int i = offset; i < offset + width; i++) {
            squares += (double) grad[i] * grad[i];
        }
        double v = secondMoment * StrictMath.pow(decay, missedSteps) + squares / width;
        float factor = (float) (rate / (Math.sqrt(v) + EPSILON));
        for (int i = offset; i < offset + width; i++) {
            row[i] -= factor * grad[i];
        }
        return (float) v;
    }
}
