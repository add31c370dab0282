package io.freshet.kernel;

/**
 * A dropout mask as a pure function of a key: value {@code i} is kept where a hash of {@code (key, i)} is at least
 * {@code rate}, so forward and backward agree without storing it (Srivastava et al., 2014; kept values are scaled by
 * {@code 1 / (1 - rate)}).
 *
 * @param rate probability of a value to become zero, in [0, 1)
 * @param key of the mask; a different one for every step, lane and place in the network
 */
public record Dropout(float rate, long key) {
    /** Keeps everything. */
    public static final Dropout NONE = new Dropout(0, 0);

    public Dropout {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("dropout rate " + rate + ": expected 0 to less than 1");
        }
    }

    /** The mask of another place in the network. */
    public Dropout at(int place) {
        return rate == 0 ? this : new Dropout(rate, key * 0x9e3779b97f4a7c15L + place + 1);
    }

    /** Factor on value {@code i}: 0, or {@code 1 / (1 - rate)}. */
    public float factor(int i) {
        int h = i * 0x9e3779b9 + (int) (key ^ key >>> 32);
        h = (h ^ h >>> 16) * 0x21f0aaad;
        h = (h ^ h >>> 15) * 0x735a2d97;
        h ^= h >>> 15;
        return (h >>> 8) * 0x1p-24f < rate ? 0f : 1f / (1f - rate);
    }
}
