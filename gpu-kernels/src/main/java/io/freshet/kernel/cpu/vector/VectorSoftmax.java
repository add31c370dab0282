package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.Kernels.SoftmaxBias;
import io.freshet.kernel.Kernels.SoftmaxOutput;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Softmax over shared candidates by tiles of query rows and panels of candidates. Bias and temperature go into the
 * product, so a tile is passed over twice between its products: for the largest logits and for the exponentials.
 */
final class VectorSoftmax {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final int W = Panels.W;

    /** Query rows of a tile. */
    private static final int ROWS = 64;

    private final VectorKernels kernels;
    private final VectorTranspose blocks = new VectorTranspose();
    /** Logits, then weights, of the tile's rows, {@code [ROWS, wide]}. */
    private float[] tile = new float[0];

    private int wide;
    private int columnsOfTile;
    /** Candidates as columns, {@code [panels, D, W]}. */
    private float[] columns = new float[0];
    /** Candidates as rows unless they are one panel wide, {@code [parts, panels * W, W]}. */
    private float[] candidates = new float[0];
    /** Bias of the candidates, {@code [panels * W]}; negative infinity behind the last. */
    private float[] bias = new float[0];
    /** Gradient of the bias, {@code [panels * W]}. */
    private float[] dBias = new float[0];
    /** Gradients of {@link #candidates}, {@code [parts, panels * W, W]}. */
    private float[] dCandidates = new float[0];
    /** Queries of the tile under the factors of their rows, {@code [parts, ROWS, W]}. */
    private float[] queries = new float[0];
    /** Gradients of the queries before their factors, {@code [parts, ROWS, W]}. */
    private float[] dQueries = new float[0];
    /** Lanes of a vector, for sums in a fixed order, {@code [L]}. */
    private final float[] lanes = new float[L];
    /** What makes the weights of a row gradients, {@code [ROWS]}. */
    private final float[] factors = new float[ROWS];
    /** Queries of the tile times the inverse temperature, {@code [ROWS, D]}. */
    private float[] scaled = new float[0];

    VectorSoftmax(VectorKernels kernels) {
        this.kernels = kernels;
    }

    private static float[] room(float[] scratch, int count) {
        return scratch.length < count ? new float[count] : scratch;
    }

    /** Readies the candidates: as columns for scores, and as rows if their width is not a panel's. */
    private void load(SoftmaxShape shape, HostFloats e, HostFloats biases) {
        int c = shape.candidates();
        int d = shape.width();
        int panels = VectorLinear.panels(c);
        int parts = VectorLinear.panels(d);
        columnsOfTile = panels * W;
        wide = stride(columnsOfTile);
        tile = room(tile, ROWS * wide);
        columns = room(columns, panels * d * W);
        bias = room(bias, panels * W);
        dBias = room(dBias, panels * W);
        System.arraycopy(biases.array, biases.start, bias, 0, c);
        Arrays.fill(bias, c, panels * W, Float.NEGATIVE_INFINITY);
        Arrays.fill(dBias, 0, panels * W, 0f);
        for (int p = 0; p < panels; p++) {
            Panels.copyTransposed(
                    blocks, Math.min(W, c - p * W), d, e.array, e.start + p * W * d, d, columns, p * d * W);
        }
        scaled = room(scaled, ROWS * d);
        queries = room(queries, parts * ROWS * W);
        dQueries = room(dQueries, parts * ROWS * W);
        if (d != W) {
            candidates = room(candidates, parts * panels * W * W);
            dCandidates = room(dCandidates, parts * panels * W * W);
            Arrays.fill(dCandidates, 0, parts * panels * W * W, 0f);
            for (int q = 0; q < parts; q++) {
                Panels.copy(c, Math.min(W, d - q * W), e.array, e.start + q * W, d, candidates, q * panels * W * W);
            }
        }
    }

    /** Writes losses and gradients: {@code y [M, D]}, {@code e [C, D]}, {@code targets [M]}. */
    void run(SoftmaxShape shape, HostFloats y, HostFloats e, SoftmaxBias biases, int[] targets, SoftmaxOutput out) {
        int c = shape.candidates();
        int d = shape.width();
        int panels = VectorLinear.panels(c);
        HostFloats dY = HostFloats.of(out.dY());
        HostFloats dE = HostFloats.of(out.dE());
        HostFloats dBiases = HostFloats.of(out.dBias());
        load(shape, e, HostFloats.of(biases.candidates()));
        for (int i0 = 0; i0 < shape.rows(); i0 += ROWS) {
            int m = Math.min(ROWS, shape.rows() - i0);
            int row = y.start + i0 * d;
            for (int i = 0; i < m * d; i++) {
                scaled[i] = y.array[row + i] * shape.inverseTemperature();
            }
            for (int p = 0; p < panels; p++) {
                Panels.rows(m, d, scaled, 0, d, columns, p * d * W, bias, p * W, 0, tile, p * W, wide);
            }
            for (int r = 0; r < m; r++) {
                probabilities(shape, i0 + r, r, e, targets[i0 + r], biases, out);
            }
            backward(m, shape, e, dY, dY.start + i0 * d, dE);
        }
        kernels.axpy(c, 1f, dBias, 0, dBiases.array, dBiases.start);
        for (int q = 0; d != W && q < VectorLinear.panels(d); q++) {
            for (int v = 0; v < c; v++) {
                int from = (q * panels * W + v) * W;
                kernels.axpy(Math.min(W, d - q * W), 1f, dCandidates, from, dE.array, dE.start + v * d + q * W);
            }
        }
    }

    /**
     * The two backward products of a tile. Its panels stay {@code exp(logit - max)}: what makes them gradients is a
     * factor per row, which goes to the queries on one side and to the result on the other.
     */
    private void backward(int m, SoftmaxShape shape, HostFloats e, HostFloats dY, int dRow, HostFloats dE) {
        int c = shape.candidates();
        int d = shape.width();
        int panels = VectorLinear.panels(c);
        int parts = VectorLinear.panels(d);
        boolean whole = d == W;
        for (int q = 0; q < parts; q++) {
            int width = Math.min(W, d - q * W);
            Panels.copy(m, width, scaled, q * W, d, queries, q * ROWS * W);
            for (int r = 0; r < m; r++) {
                scale(factors[r], queries, (q * ROWS + r) * W);
            }
        }
        Arrays.fill(dQueries, 0, parts * ROWS * W, 0f);
        for (int p = 0; p < panels; p++) {
            int at = p * W;
            int width = Math.min(W, c - p * W);
            addBias(m, at);
            for (int q = 0; q < parts; q++) {
                int to = q * ROWS * W;
                int row = whole ? e.start + p * W * W : (q * panels + p) * W * W;
                Panels.rows(
                        m, width, tile, at, wide, whole ? e.array : candidates, row, dQueries, to, W, dQueries, to, W);
                float[] sums = whole ? dE.array : dCandidates;
                int sum = whole ? dE.start + p * W * W : row;
                Panels.columns(width, m, tile, at, wide, queries, to, sums, sum, W, sums, sum, W);
            }
        }
        for (int q = 0; q < parts; q++) {
            for (int r = 0; r < m; r++) {
                int from = (q * ROWS + r) * W;
                scale(factors[r] * shape.inverseTemperature(), dQueries, from);
                System.arraycopy(dQueries, from, dY.array, dRow + r * d + q * W, Math.min(W, d - q * W));
            }
        }
    }

    private static void scale(float factor, float[] x, int at) {
        for (int c = 0; c < W; c += L) {
            FloatVector.fromArray(S, x, at + c).mul(factor).intoArray(x, at + c);
        }
    }

    /** Distance of rows in the tile: never a multiple of 1 KiB, where rows would share their places in the cache. */
    private static int stride(int c) {
        return c % (4 * W) == 0 ? c + L : c;
    }

    /** Replaces a row of logits by {@code exp(logit - max)}, less their sum at the target; writes loss and terms. */
    private void probabilities(
            SoftmaxShape shape, int row, int r, HostFloats e, int own, SoftmaxBias biases, SoftmaxOutput out) {
        int d = shape.width();
        int[] starts = HostInts.of(biases.terms().rowStart());
        int[] termColumns = HostInts.of(biases.terms().columns());
        HostFloats terms = HostFloats.of(biases.terms().values());
        HostFloats target = HostFloats.of(biases.target());
        int ownAt = r * wide + own;
        // The product alone again: the tile's has the bias of a candidate in it, which may be infinite.
        tile[ownAt] = dot(d, r * d, e.array, e.start + own * d) + target.array[target.start + own];
        for (int i = starts[row]; i < starts[row + 1]; i++) {
            tile[r * wide + termColumns[i]] += terms.array[terms.start + i];
        }
        float ownLogit = tile[ownAt];
        float max = maximum(r);
        double sum = exponentials(r, max);
        float factor = (float) (shape.gradientScale() / sum);
        tile[ownAt] -= (float) sum;
        factors[r] = factor;
        HostFloats dTerms = HostFloats.of(out.dTerms());
        for (int i = starts[row]; i < starts[row + 1]; i++) {
            dTerms.array[dTerms.start + i] = tile[r * wide + termColumns[i]] * factor;
        }
        HostFloats loss = HostFloats.of(out.loss());
        loss.array[loss.start + row] = (float) (StrictMath.log(sum) + max - ownLogit);
    }

    private float dot(int d, int query, float[] e, int start) {
        FloatVector s = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= d; i += L) {
            s = FloatVector.fromArray(S, scaled, query + i).fma(FloatVector.fromArray(S, e, start + i), s);
        }
        s.intoArray(lanes, 0);
        float sum = VectorExponential.total(lanes);
        for (; i < d; i++) {
            sum = Math.fma(scaled[query + i], e[start + i], sum);
        }
        return sum;
    }

    /** Largest logit of a row. */
    private float maximum(int r) {
        FloatVector most = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
        int end = r * wide + columnsOfTile;
        for (int at = r * wide; at < end; at += L) {
            most = most.max(FloatVector.fromArray(S, tile, at));
        }
        most.intoArray(lanes, 0);
        float max = lanes[0];
        for (int l = 1; l < L; l++) {
            max = Math.max(max, lanes[l]);
        }
        return max;
    }

    private double exponentials(int r, float max) {
        FloatVector top = FloatVector.broadcast(S, max);
        FloatVector sum = FloatVector.zero(S);
        int end = r * wide + columnsOfTile;
        for (int at = r * wide; at < end; at += L) {
            FloatVector e = VectorExponential.decay(top.sub(FloatVector.fromArray(S, tile, at)));
            e.intoArray(tile, at);
            sum = sum.add(e);
        }
        sum.intoArray(lanes, 0);
        return VectorExponential.total(lanes);
    }

    /** Adds a panel's gradients, summed over rows, to the bias's. */
    private void addBias(int m, int at) {
        FloatVector s0 = FloatVector.fromArray(S, dBias, at);
        FloatVector s1 = FloatVector.fromArray(S, dBias, at + L);
        FloatVector s2 = FloatVector.fromArray(S, dBias, at + 2 * L);
        FloatVector s3 = FloatVector.fromArray(S, dBias, at + 3 * L);
        for (int r = 0; r < m; r++) {
            FloatVector factor = FloatVector.broadcast(S, factors[r]);
            s0 = FloatVector.fromArray(S, tile, at + r * wide).fma(factor, s0);
            s1 = FloatVector.fromArray(S, tile, at + r * wide + L).fma(factor, s1);
            s2 = FloatVector.fromArray(S, tile, at + r * wide + 2 * L).fma(factor, s2);
            s3 = FloatVector.fromArray(S, tile, at + r * wide + 3 * L).fma(factor, s3);
        }
        s0.intoArray(dBias, at);
        s1.intoArray(dBias, at + L);
        s2.intoArray(dBias, at + 2 * L);
        s3.intoArray(dBias, at + 3 * L);
    }
}
