package io.freshet.kernel.cpu.bf16;

import io.freshet.kernel.Kernels.SoftmaxBias;
import io.freshet.kernel.Kernels.SoftmaxPartialGrad;
import io.freshet.kernel.SoftmaxPartial;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.cpu.bf16.Bf16Product.Form;
import io.freshet.kernel.cpu.bf16.Bf16Product.Shape;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.scalar.PartialSoftmax;
import io.freshet.kernel.cpu.vector.VectorKernels;
import java.util.Arrays;

/** Both halves of a softmax over one shard of the candidates, with products in bf16; else as {@link PartialSoftmax}. */
final class Bf16PartialSoftmax {
    /** Most query rows of a tile. */
    private static final int ROWS = 128;

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
    /** What makes the weights of a row gradients, {@code [ROWS]}. */
    private final float[] factors = new float[ROWS];
    /** A panel of scores {@code [rows, PANEL]}, scaled queries {@code [ROWS, D]} or gradients {@code [C, D]}. */
    private float[] scratch = new float[0];

    Bf16PartialSoftmax(VectorKernels kernels, Bf16Products products, Bf16Candidates candidates) {
        this.kernels = kernels;
        this.products = products;
        this.candidates = candidates;
        queries = products.newBlock();
        weights = products.newBlock();
        results = products.newBlock();
        dQueries = products.newBlock();
        dCandidates = products.newBlock();
    }

    private float[] scratch(int count) {
        if (scratch.length < count) {
            scratch = new float[count];
        }
        return scratch;
    }

    /** First half: {@code y [M, D]}, {@code e [C, D]}, {@code targets [M]}. */
    void forward(
            SoftmaxShape shape, HostFloats y, HostFloats e, SoftmaxBias bias, int[] targets, SoftmaxPartial partial) {
        int c = shape.candidates();
        int d = shape.width();
        if (shape.rows() == 0) {
            return;
        }
        int rows = Bf16Products.tile(shape.rows(), ROWS);
        candidates.load(c, d, e);
        queries.reserve((long) rows * d * Short.BYTES);
        results.reserve((long) rows * Bf16Candidates.PANEL * Float.BYTES);
        float[] panel = scratch(rows * Bf16Candidates.PANEL);
        HostFloats out = HostFloats.of(partial.weights());
        PartialSoftmax rest = new PartialSoftmax(kernels, shape, partial);
        for (int r = 0; r < shape.rows(); r += rows) {
            int m = Math.min(rows, shape.rows() - r);
            queries.round(m, d, y.array, y.start + r * d, d, d, 0);
            queries.zero(m * d, (rows - m) * d);
            for (int p = 0; p < candidates.panels(); p++) {
                int width = candidates.width(p);
                int first = p * Bf16Candidates.PANEL;
                candidates.score(rows, p, queries, results);
                results.get(0, panel, 0, m * width);
                for (int i = 0; i < m; i++) {
                    int to = out.start + (r + i) * partial.stride() + first;
                    System.arraycopy(panel, i * width, out.array, to, Math.min(width, c - first));
                }
            }
            for (int i = r; i < r + m; i++) {
                rest.weigh(i, bias, targets[i]);
            }
        }
    }

    /** Second half: {@code y [M, D]}, {@code e [C, D]}, {@code targets [M]}. */
    void backward(SoftmaxShape shape, HostFloats y, HostFloats e, int[] targets, SoftmaxPartialGrad call) {
        int c = shape.candidates();
        int d = shape.width();
        HostFloats from = HostFloats.of(call.partial().weights());
        HostFloats all = HostFloats.of(call.factors());
        if (shape.rows() == 0) {
            return;
        }
        if (c == 0) {
            HostFloats dY = HostFloats.of(call.dY());
            Arrays.fill(dY.array, dY.start, dY.start + shape.rows() * d, 0f);
            return;
        }
        int rows = Bf16Products.tile(shape.rows(), ROWS);
        candidates.load(c, d, e);
        queries.reserve((long) rows * d * Short.BYTES);
        weights.reserve((long) rows * Bf16Candidates.PANEL * Short.BYTES);
        dQueries.reserve((long) rows * d * Float.BYTES);
        dCandidates.reserve((long) candidates.padded() * d * Float.BYTES);
        HostFloats dBias = HostFloats.of(call.dBias());
        int stride = call.partial().stride();
        for (int r = 0; r < shape.rows(); r += rows) {
            int m = Math.min(rows, shape.rows() - r);
            System.arraycopy(all.array, all.start + r, factors, 0, m);
            scale(shape, m, r, y);
            queries.zero(m * d, (rows - m) * d);
            for (int p = 0; p < candidates.panels(); p++) {
                int width = candidates.width(p);
                int first = p * Bf16Candidates.PANEL;
                int real = Math.min(width, c - first);
                int at = from.start + r * stride + first;
                ColumnSums.add(m, real, factors, from.array, at, stride, dBias.array, dBias.start + first);
                weights.round(m, real, from.array, at, stride, width, 0);
                weights.zero(m * width, (rows - m) * width);
                candidates.addRows(rows, p, weights, dQueries);
                Shape toRows = new Shape(Form.A_TRANSPOSED, width, rows, d, false, r > 0);
                products.multiply(toRows, weights.from(0), queries.from(0), dCandidates.from(first * d));
            }
            queryGradients(shape, m, r, HostFloats.of(call.dY()));
        }
        float[] gradients = scratch(c * d);
        dCandidates.get(0, gradients, 0, c * d);
        HostFloats dE = HostFloats.of(call.dE());
        kernels.axpy(c * d, 1f, gradients, 0, dE.array, dE.start);
        new PartialSoftmax(kernels, shape, call.partial()).finish(call, y, e, targets);
    }

    /** The tile's queries, each under the factor of its row. */
    private void scale(SoftmaxShape shape, int m, int r, HostFloats y) {
        int d = shape.width();
        float[] scaled = scratch(ROWS * d);
        for (int i = 0; i < m; i++) {
            float factor = factors[i] * shape.inverseTemperature();
            Bf16Softmax.scale(d, factor, y.array, y.start + (r + i) * d, scaled, i * d);
        }
        queries.round(m, d, scaled, 0, d, d, 0);
    }

    private void queryGradients(SoftmaxShape shape, int m, int r, HostFloats dY) {
        int d = shape.width();
        dQueries.get(0, dY.array, dY.start + r * d, m * d);
        for (int i = 0; i < m; i++) {
            float factor = factors[i] * shape.inverseTemperature();
            int at = dY.start + (r + i) * d;
            Bf16Softmax.scale(d, factor, dY.array, at, dY.array, at);
        }
    }
}
