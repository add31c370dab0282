package io.freshet.model;

/**
 * The vector {@code [COUNT]} of learned scalars that the logits have beside the network, and where each of them stands.
 * A logit is {@code exp(scale) * cosine / tau} plus the popularities' logarithms, the logarithms of co-occurrence
 * counts with the last {@link #LAGS} items, and constants for those items themselves, each times its weight.
 */
public final class LogitBiases {
    /** Last items of a history that are read, and places apart at which two items of a history co-occur. */
    public static final int LAGS = 7;

    /** Weights that belong to a lag: of co-occurrences, and of repeats. */
    public static final int LAG_WEIGHTS = 2 * LAGS;

    /** Index of the weight of the logarithm of an item's popularity. */
    public static final int POPULARITY = 0;

    /** Index of the weight of the logarithm of an item's recent popularity. */
    public static final int RECENT_POPULARITY = 1;

    /** Index of the first of {@link #LAGS} weights of co-occurrences, that of the last item. */
    public static final int CO_OCCURRENCES = 2;

    /** Index of the first of {@link #LAGS} weights of repeats, that of the last item. */
    public static final int REPEATS = CO_OCCURRENCES + LAGS;

    /** Index of the logarithm of the logit scale, whose exponential multiplies cosines (CLIP, arXiv 2103.00020). */
    public static final int LOGIT_SCALE = REPEATS + LAGS;

    /** Number of values. */
    public static final int COUNT = LOGIT_SCALE + 1;

    private LogitBiases() {}

    /**
     * What cosines are multiplied by beside the configured temperature.
     *
     * @param biases {@code [COUNT]}
     */
    public static float logitScale(float[] biases) {
        return (float) StrictMath.exp(biases[LOGIT_SCALE]);
    }
}
