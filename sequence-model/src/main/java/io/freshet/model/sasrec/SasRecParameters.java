package io.freshet.model.sasrec;

import io.freshet.kernel.Floats;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.model.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Dense tensors of {@link SasRec} in one block: rows of positions {@code [window, D]}, then the layers, then the last
 * norm.
 */
final class SasRecParameters {
    private static final float EPSILON = 1e-5f;
    private static final float LAST_EPSILON = 1e-8f;

    /**
     * One block: attention from normalised queries over raw keys and values, then a position-wise network.
     *
     * @param queryNorm gains and biases, {@code [D]} each
     * @param query weights {@code [D, D]}, biases {@code [D]}
     * @param keysValues weights {@code [D, 2*D]}, biases {@code [2*D]}
     * @param attended weights {@code [D, D]}, biases {@code [D]}
     * @param forwardNorm gains and biases, {@code [D]} each
     * @param hidden weights {@code [D, D]}, biases {@code [D]}
     * @param output weights {@code [D, D]}, biases {@code [D]}
     */
    record Block(
            NormWeights queryNorm,
            LinearWeights query,
            LinearWeights keysValues,
            LinearWeights attended,
            NormWeights forwardNorm,
            LinearWeights hidden,
            LinearWeights output) {}

    private final Floats block; // [P]
    private final Floats positions; // [window, D]
    private final List<Block> blocks = new ArrayList<>();
    private final NormWeights last;
    private int next;

    SasRecParameters(SasRec config, Floats block) {
        this.block = block;
        int d = config.width();
        positions = take(config.window() * d);
        for (int l = 0; l < config.layers(); l++) {
            blocks.add(new Block(
                    norm(d, EPSILON),
                    linear(d, d),
                    linear(d, 2 * d),
                    linear(d, d),
                    norm(d, EPSILON),
                    linear(d, d),
                    linear(d, d)));
        }
        last = norm(d, LAST_EPSILON);
    }

    private NormWeights norm(int d, float epsilon) {
        return new NormWeights(d, epsilon, take(d), take(d));
    }

    private LinearWeights linear(int in, int out) {
        return new LinearWeights(in, out, take(in * out), take(out));
    }

    private Floats take(int length) {
        Floats slice = block.slice(next, length);
        next += length;
        return slice;
    }

    static int count(SasRec c) {
        int d = c.width();
        int layer = 2 * d + (d * d + d) + (2 * d * d + 2 * d) + (d * d + d) + 2 * d + 2 * (d * d + d);
        return c.window() * d + c.layers() * layer + 2 * d;
    }

    /** Initial weights, {@code [P]}: matrices by Glorot and Bengio (2010), norms one, biases zero. */
    static float[] initial(SasRec c, long seed) {
        float[] w = new float[count(c)];
        int d = c.width();
        CounterRandom.fill(seed, w, 0, c.window() * d, CounterRandom.glorot(c.window(), d));
        int at = c.window() * d;
        for (int l = 0; l < c.layers(); l++) {
            long key = CounterRandom.mix(seed, 2000 + l);
            at = one(w, at, d);
            at = matrix(w, at, CounterRandom.mix(key, 0), d, d);
            at = matrix(w, at, CounterRandom.mix(key, 1), d, 2 * d);
            at = matrix(w, at, CounterRandom.mix(key, 2), d, d);
            at = one(w, at, d);
            at = matrix(w, at, CounterRandom.mix(key, 3), d, d);
            at = matrix(w, at, CounterRandom.mix(key, 4), d, d);
        }
        one(w, at, d);
        return w;
    }

    private static int one(float[] w, int at, int d) {
        Arrays.fill(w, at, at + d, 1f);
        return at + 2 * d;
    }

    private static int matrix(float[] w, int at, long key, int in, int out) {
        CounterRandom.fill(key, w, at, in * out, CounterRandom.glorot(in, out));
        return at + in * out + out;
    }

    /** Rows of positions, counted from the sequence's end, {@code [window, D]}. */
    Floats positions() {
        return positions;
    }

    Block block(int l) {
        return blocks.get(l);
    }

    NormWeights last() {
        return last;
    }
}
