package io.freshet.model;

/**
 * Random numbers as a pure function of a key and a counter (SplitMix64's finaliser), so that a value depends on what it
 * is for and never on what was drawn before it.
 */
public final class CounterRandom {
    private CounterRandom() {}

    /** 64 well-mixed bits of two numbers. */
    public static long mix(long key, long counter) {
        long z = key + 0x9e3779b97f4a7c15L * (counter + 1);
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** Uniform in [0, 1), 53 bits. */
    public static double uniform(long bits) {
        return (bits >>> 11) * 0x1.0p-53;
    }

    /** Bound of a uniform draw with the variance {@code 2 / (in + out)} of Glorot and Bengio (2010). */
    public static float glorot(int in, int out) {
        return (float) Math.sqrt(6.0 / (in + out));
    }

    /** Fills {@code target [count]}, from {@code offset} on, uniformly in {@code [-bound, bound)}. */
    public static void fill(long key, float[] target, int offset, int count, float bound) {
        for (int i = 0; i < count; i++) {
            target[offset + i] = (float) ((2 * uniform(mix(key, i)) - 1) * bound);
        }
    }
}
