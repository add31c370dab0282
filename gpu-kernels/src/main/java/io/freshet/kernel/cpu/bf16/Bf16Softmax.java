package io.freshet.kernel.cpu.bf16;

import io.freshet.kernel.Kernels.SoftmaxBias;
import io.freshet.kernel.Kernels.SoftmaxOutput;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.cpu.bf16.Bf16Product.Form;
import io.freshet.kernel.cpu.bf16.Bf16Product.Shape;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;
import io.freshet.kernel.cpu.vector.VectorKernels;
import java.util.Arrays;

/**
 * Softmax over shared candidates with products in bf16, by tiles of query rows and panels of candidates. Logits,
 * exponentials and their sums are float32.
 */
final class Bf16Softmax {
    /** Most query rows of a tile. */
    private static final int ROWS = 64;

    private final VectorKernels kernels;
    private final Bf16Products products;
    private final Bf16Candidates candidates;
    /** Queries of a tile in bf16, {@code [rows, D]}; on the way back under the factors of their rows. */
    private final NativeBlock queries;
    /** Weights of a panel in bf16, {@code [rows, PANEL]}. */
    private final NativeBlock weights;
    /** Products of a panel in float32, {@code [rows, PANEL]}. */
    private final NativeBlock results;
    /** Gradients of the queries before their factors, in float32, {@code [rows, D]}. */
    private final NativeBlock dQueries;
    /** Gradients of the candidates in float32, {@code [padded, D]}. */
    private final NativeBlock dCandidates;

    /** Logits, then weights, of a tile, {@code [panels, rows, width of the panel]}. */
    private float[] tile = new float[0];

    /** Bias of the candidates, {@code [padded]}; negative infinity behind the last. */
    private float[] bias = new float[0];
    /** Gradient of the bias, {@code [padded]}. */
    private float[] dBias = new float[0];
    /** Queries under the factors of their rows, {@code [rows, D]}. */
    private float[] scaled = new float[0];
    /** Gradients on their way to the heap: queries {@code [rows, D]}, candidates {@code [C, D]}. */
    private float[] gradients = new float[0];
    /** Products of the rows with their own targets, {@code [ROWS]}. */
    private final float[] own = new float[ROWS];
    /** What makes the weights of a row gradients, {@code [ROWS]}. */
    private final float[] factors = new float[ROWS];

    Bf16Softmax(VectorKernels kernels, Bf16Products products, Bf16Candidates candidates) {
        this.kernels = kernels;
        this.products = products;
        this.candidates = candidates;
        queries = products.newBlock();
        weights = products.newBlock();
        results = products.newBlock();
        dQueries = products.newBlock();
        dCandidates = products.newBlock();
    }

    private static float[] room(float[] scratch, int count) {
        return scratch.length < count ? new float[count] : scratch;
    }

    /** Writes losses and gradients: {@code y [M, D]}, {@code e [C, D]}, {@code targets [M]}. */
    void run(SoftmaxShape shape, HostFloats y, HostFloats e, SoftmaxBias biases, int[] targets, SoftmaxOutput out) {
        int d = shape.width();
        if (shape.rows() == 0) {
            return;
        }
        int rows = Bf16Products.tile(shape.rows(), ROWS);
        candidates.load(shape.candidates(), d, e);
        ready(shape, rows, HostFloats.of(biases.candidates()));
        for (int r = 0; r < shape.rows(); r += rows) {
            int m = Math.min(rows, shape.rows() - r);
            queries.round(m, d, y.array, y.start + r * d, d, d, 0);
            queries.zero(m * d, (rows - m) * d);
            for (int p = 0; p < candidates.panels(); p++) {
                logits(shape, rows, m, r, p, targets);
            }
            for (int i = 0; i < m; i++) {
                weigh(shape, rows, i, r + i, targets[r + i], biases, out);
            }
            backward(shape, rows, m, r, y, out);
        }
        HostFloats dE = HostFloats.of(out.dE());
        int c = shape.candidates();
        gradients = room(gradients, c * d);
        dCandidates.get(0, gradients, 0, c * d);
        kernels.axpy(c * d, 1f, gradients, 0, dE.array, dE.start);
        HostFloats dBiases = HostFloats.of(out.dBias());
        kernels.axpy(c, 1f, dBias, 0, dBiases.array, dBiases.start);
    }

    private void ready(SoftmaxShape shape, int rows, HostFloats biases) {
        int c = shape.candidates();
        int d = shape.width();
        int all = candidates.padded();
        tile = room(tile, rows * all);
        bias = room(bias, all);
        dBias = room(dBias, all);
        scaled = room(scaled, rows * d);
        gradients = room(gradients, rows * d);
        System.arraycopy(biases.array, biases.start, bias, 0, c);
        Arrays.fill(bias, c, all, Float.NEGATIVE_INFINITY);
        Arrays.fill(dBias, 0, all, 0f);
        queries.reserve((long) rows * d * Short.BYTES);
        weights.reserve((long) rows * Bf16Candidates.PANEL * Short.BYTES);
        results.reserve((long) rows * Bf16Candidates.PANEL * Float.BYTES);
        dQueries.reserve((long) rows * d * Float.BYTES);
        dCandidates.reserve((long) all * d * Float.BYTES);
    }

    /** Logits of a panel, except those of the rows' own targets, which keep the bare product in {@link #own}. */
    private void logits(SoftmaxShape shape, int rows, int m, int r, int p, int[] targets) {
        int width = candidates.width(p);
        int first = p * Bf16Candidates.PANEL;
        candidates.score(rows, p, queries, results);
        int at = rows * first;
        results.get(0, tile, at, rows * width);
        for (int i = 0; i < m; i++) {
            int column = targets[r + i] - first;
            if (column >= 0 && column < width) {
                own[i] = tile[at + i * width + column];
            }
            kernels.scaleAdd(width, shape.inverseTemperature(), bias, first, tile, at + i * width);
        }
    }

    /** Where the weight of a candidate stands in the tile. */
    private int place(int rows, int i, int candidate) {
        int p = candidate / Bf16Candidates.PANEL;
        int first = p * Bf16Candidates.PANEL;
        return rows * first + i * candidates.width(p) + candidate - first;
    }

    /** Replaces a row of logits by {@code exp(logit - max)}, less their sum at the target; writes loss and terms. */
    private void weigh(
            SoftmaxShape shape, int rows, int i, int row, int target, SoftmaxBias biases, SoftmaxOutput out) {
        int[] starts = HostInts.of(biases.terms().rowStart());
        int[] columns = HostInts.of(biases.terms().columns());
        HostFloats terms = HostFloats.of(biases.terms().values());
        HostFloats targetBias = HostFloats.of(biases.target());
        int ownAt = place(rows, i, target);
        tile[ownAt] = Math.fma(own[i], shape.inverseTemperature(), targetBias.array[targetBias.start + target]);
        for (int t = starts[row]; t < starts[row + 1]; t++) {
            tile[place(rows, i, columns[t])] += terms.array[terms.start + t];
        }
        float ownLogit = tile[ownAt];
        float max = Float.NEGATIVE_INFINITY;
        for (int p = 0; p < candidates.panels(); p++) {
            int width = candidates.width(p);
            max = Math.max(max, kernels.maximum(width, tile, rows * p * Bf16Candidates.PANEL + i * width));
        }
        double sum = 0;
        for (int p = 0; p < candidates.panels(); p++) {
            int width = candidates.width(p);
            sum += kernels.exponentials(width, tile, rows * p * Bf16Candidates.PANEL + i * width, max);
        }
        float factor = (float) (shape.gradientScale() / sum);
        factors[i] = factor;
        // Before it is rounded: the gradient of a sure row is small, and so is then its error.
        tile[ownAt] -= (float) sum;
        HostFloats dTerms = HostFloats.of(out.dTerms());
        for (int t = starts[row]; t < starts[row + 1]; t++) {
            dTerms.array[dTerms.start + t] = tile[place(rows, i, columns[t])] * factor;
        }
        HostFloats loss = HostFloats.of(out.loss());
        loss.array[loss.start + row] = (float) (StrictMath.log(sum) + max - ownLogit);
    }

    /** The two backward products of a tile: a row has its factor in its query on one side, else in its result. */
    private void backward(SoftmaxShape shape, int rows, int m, int r, HostFloats y, SoftmaxOutput out) {
        int d = shape.width();
        float scale = shape.inverseTemperature();
        for (int i = 0; i < m; i++) {
            scale(d, factors[i] * scale, y.array, y.start + (r + i) * d, scaled, i * d);
        }
        queries.round(m, d, scaled, 0, d, d, 0);
        for (int p = 0; p < candidates.panels(); p++) {
            int width = candidates.width(p);
            int first = p * Bf16Candidates.PANEL;
            ColumnSums.add(m, width, factors, tile, rows * first, width, dBias, first);
            weights.round(rows, width, tile, rows * first, width, width, 0);
            candidates.addRows(rows, p, weights, dQueries);
            Shape toRows = new Shape(Form.A_TRANSPOSED, width, rows, d, false, r > 0);
            products.multiply(toRows, weights.from(0), queries.from(0), dCandidates.from(first * d));
        }
        HostFloats dY = HostFloats.of(out.dY());
        dQueries.get(0, gradients, 0, m * d);
        for (int i = 0; i < m; i++) {
            scale(d, factors[i] * scale, gradients, i * d, dY.array, dY.start + (r + i) * d);
        }
    }

    /** {@code y [n] = factor * x [n]}. */
    static void scale(int n, float factor, float[] x, int from, float[] y, int to) {
        for (int i = 0; i < n; i++) {
            y[to + i] = x[from + i] * factor;
        }
    }
}
