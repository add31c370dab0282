package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.cpu.host.HostFloats;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers by blocks of rows and panels of columns: weights are laid out as panels once per call, what follows a
 * product (SiLU) or precedes it (laying out gradients) is done while the block is in the first cache.
 */
final class VectorLinear {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final int W = Panels.W;

    /** Rows of a block on the way back. */
    private static final int ROWS = 64;

    /** Rows of a block on the way forward: as many as stay in the first cache until SiLU follows. */
    private static final int NEAR_ROWS = 32;

    private final VectorKernels kernels;
    private final VectorTranspose blocks = new VectorTranspose();
    /** Weights: {@code [panels of out, in, W]} forward; {@code [across, down, W, W]}, transposed, backward. */
    private float[] weights = new float[0];
    /** Shift, or sums of {@code dy}'s columns, {@code [panels of out * W]}. */
    private float[] bias = new float[0];
    /** Gradient of the matrix, transposed, {@code [across, down, W, W]}. */
    private float[] sums = new float[0];
    /** Rows of {@code x} unless they are one panel wide, {@code [down, ROWS, W]}. */
    private float[] inputs = new float[0];
    /** Rows of {@code dx} unless they are one panel wide, {@code [down, ROWS, W]}. */
    private float[] dInputs = new float[0];
    /** One panel of results or gradients, {@code [ROWS, W]}. */
    private final float[] block = new float[ROWS * W];

    VectorLinear(VectorKernels kernels) {
        this.kernels = kernels;
    }

    static int panels(int width) {
        return (width + W - 1) / W;
    }

    private static float[] room(float[] scratch, int count) {
        return scratch.length < count ? new float[count] : scratch;
    }

    /**
     * {@code y = x · matrix + bias (+ residual)}, and {@code a = SiLU(y)} if {@code a} is given:
     * {@code x [rows, in]}, {@code residual, y, a [rows, out]}.
     */
    void forward(
            int rows,
            LinearWeights w,
            HostFloats x,
            @Nullable HostFloats residual,
            HostFloats y,
            @Nullable HostFloats a) {
        int in = w.in();
        int out = w.out();
        int panels = panels(out);
        HostFloats matrix = HostFloats.of(w.matrix());
        HostFloats shift = HostFloats.of(w.bias());
        weights = room(weights, panels * in * W);
        bias = room(bias, panels * W);
        System.arraycopy(shift.array, shift.start, bias, 0, out);
        Arrays.fill(bias, out, panels * W, 0f);
        for (int p = 0; p < panels; p++) {
            Panels.copy(in, Math.min(W, out - p * W), matrix.array, matrix.start + p * W, out, weights, p * in * W);
        }
        for (int i = 0; i < rows; i += NEAR_ROWS) {
            int m = Math.min(NEAR_ROWS, rows - i);
            int from = x.start + i * in;
            int to = y.start + i * out;
            for (int p = 0; p < panels; p++) {
                int width = Math.min(W, out - p * W);
                int at = to + p * W;
                if (width == W && residual == null) {
                    Panels.rows(m, in, x.array, from, in, weights, p * in * W, bias, p * W, 0, y.array, at, out);
                } else {
                    Panels.rows(m, in, x.array, from, in, weights, p * in * W, bias, p * W, 0, block, 0, W);
                    int rest = residual == null ? 0 : residual.start + i * out + p * W;
                    finish(
                            m,
                            width,
                            residual == null ? Panels.ZEROS : residual.array,
                            rest,
                            residual == null ? 0 : out,
                            y.array,
                            at,
                            out);
                }
            }
            if (a != null) {
                kernels.silu(m * out, y.array, to, a.array, a.start + i * out);
            }
        }
    }

    /** {@code y = block + rest}, {@code width} columns. */
    private void finish(
            int m, int width, float[] rest, int restStart, int restStride, float[] y, int start, int stride) {
        for (int r = 0; r < m; r++) {
            kernels.add(width, block, r * W, rest, restStart + r * restStride, y, start + r * stride);
        }
    }

    /**
     * {@code grad.matrix += xᵀ·dy; grad.bias += column sums of dy; dx = dy · matrixᵀ}:
     * {@code x, dx [rows, in]}, {@code dy [rows, out]}.
     */
    void backward(int rows, LinearWeights w, LinearWeights grad, HostFloats x, HostFloats dy, HostFloats dx) {
        int in = w.in();
        int out = w.out();
        int across = panels(out);
        int down = panels(in);
        HostFloats matrix = HostFloats.of(w.matrix());
        HostFloats dBias = HostFloats.of(grad.bias());
        weights = room(weights, across * down * W * W);
        sums = room(sums, across * down * W * W);
        bias = room(bias, across * W);
        Arrays.fill(sums, 0, across * down * W * W, 0f);
        Arrays.fill(bias, 0, across * W, 0f);
        for (int p = 0; p < across; p++) {
            int width = Math.min(W, out - p * W);
            for (int q = 0; q < down; q++) {
                int tall = Math.min(W, in - q * W);
                int at = (p * down + q) * W * W;
                int from = matrix.start + q * W * out + p * W;
                Panels.copyTransposed(blocks, tall, width, matrix.array, from, out, weights, at);
            }
        }
        boolean whole = in == W;
        inputs = whole ? inputs : room(inputs, down * ROWS * W);
        dInputs = whole ? dInputs : room(dInputs, down * ROWS * W);
        for (int r = 0; r < rows; r += ROWS) {
            int m = Math.min(ROWS, rows - r);
            if (!whole) {
                for (int q = 0; q < down; q++) {
                    Panels.copy(
                            m, Math.min(W, in - q * W), x.array, x.start + r * in + q * W, in, inputs, q * ROWS * W);
                }
            }
            for (int p = 0; p < across; p++) {
                int width = Math.min(W, out - p * W);
                Panels.copy(m, width, dy.array, dy.start + r * out + p * W, out, block, 0);
                addColumns(m, block, bias, p * W);
                for (int q = 0; q < down; q++) {
                    int at = (p * down + q) * W * W;
                    float[] xs = whole ? x.array : inputs;
                    int xAt = whole ? x.start + r * in : q * ROWS * W;
                    Panels.columns(width, m, block, 0, W, xs, xAt, sums, at, W, sums, at, W);
                    float[] to = whole ? dx.array : dInputs;
                    int toAt = whole ? dx.start + r * in : q * ROWS * W;
                    float[] from = p == 0 ? Panels.ZEROS : to;
                    Panels.rows(
                            m, width, block, 0, W, weights, at, from, p == 0 ? 0 : toAt, p == 0 ? 0 : W, to, toAt, W);
                }
            }
            if (!whole) {
                for (int q = 0; q < down; q++) {
                    int width = Math.min(W, in - q * W);
                    for (int i = 0; i < m; i++) {
                        System.arraycopy(dInputs, (q * ROWS + i) * W, dx.array, dx.start + (r + i) * in + q * W, width);
                    }
                }
            }
        }
        kernels.axpy(out, 1f, bias, 0, dBias.array, dBias.start);
        addSums(w, HostFloats.of(grad.matrix()));
    }

    /** Adds the transposed panels of sums to the gradient of the matrix. */
    private void addSums(LinearWeights w, HostFloats dMatrix) {
        int in = w.in();
        int out = w.out();
        for (int p = 0; p < out; p += W) {
            int width = Math.min(W, out - p);
            for (int q = 0; q < in; q += W) {
                int tall = Math.min(W, in - q);
                blocks.transpose(width, tall, sums, (p / W * panels(in) + q / W) * W * W, W, block, 0, W);
                for (int i = 0; i < tall; i++) {
                    int to = dMatrix.start + (q + i) * out + p;
                    kernels.add(width, block, i * W, dMatrix.array, to, dMatrix.array, to);
                }
            }
        }
    }

    /** {@code sums [W] += column sums} of {@code panel [m, W]}. */
    static void addColumns(int m, float[] panel, float[] sums, int at) {
        FloatVector s0 = FloatVector.fromArray(S, sums, at);
        FloatVector s1 = FloatVector.fromArray(S, sums, at + L);
        FloatVector s2 = FloatVector.fromArray(S, sums, at + 2 * L);
        FloatVector s3 = FloatVector.fromArray(S, sums, at + 3 * L);
        for (int r = 0; r < m; r++) {
            s0 = s0.add(FloatVector.fromArray(S, panel, r * W));
            s1 = s1.add(FloatVector.fromArray(S, panel, r * W + L));
            s2 = s2.add(FloatVector.fromArray(S, panel, r * W + 2 * L));
            s3 = s3.add(FloatVector.fromArray(S, panel, r * W + 3 * L));
        }
        s0.intoArray(sums, at);
        s1.intoArray(sums, at + L);
        s2.intoArray(sums, at + 2 * L);
        s3.intoArray(sums, at + 3 * L);
    }
}
