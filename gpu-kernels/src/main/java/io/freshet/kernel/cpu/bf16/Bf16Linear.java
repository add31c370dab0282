package io.freshet.kernel.cpu.bf16;

import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.cpu.bf16.Bf16Product.Form;
import io.freshet.kernel.cpu.bf16.Bf16Product.Shape;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.vector.VectorKernels;
import org.jspecify.annotations.Nullable;

/**
 * Linear layers with products in bf16. A tile of rows is rounded and multiplied while it is in the second cache;
 * weights are rounded once per call, sums over rows stay in float32 from the first tile to the last.
 */
final class Bf16Linear {
    /** Most rows of a tile. */
    private static final int ROWS = 256;

    private final VectorKernels kernels;
    private final Bf16Products products;
    /** Matrix in bf16, {@code [in, out]}. */
    private final NativeBlock weights;
    /** Shift in float32, {@code [out]}. */
    private final NativeBlock bias;
    /** Rows of {@code x} in bf16, {@code [tile, in]}. */
    private final NativeBlock inputs;
    /** Rows of {@code dy} in bf16, {@code [tile, out]}. */
    private final NativeBlock outputs;
    /** Rows of {@code y}, {@code [tile, out]}, or of {@code dx}, {@code [tile, in]}, in float32. */
    private final NativeBlock results;
    /** Gradient of the matrix in float32, {@code [in, out]}. */
    private final NativeBlock sums;
    /** Ones, {@code [ROWS]}. */
    private final float[] ones = ColumnSums.ones(ROWS);
    /** Results on the heap, {@code [tile, out]} or {@code [in, out]}. */
    private float[] scratch = new float[0];

    Bf16Linear(VectorKernels kernels, Bf16Products products) {
        this.kernels = kernels;
        this.products = products;
        weights = products.newBlock();
        bias = products.newBlock();
        inputs = products.newBlock();
        outputs = products.newBlock();
        results = products.newBlock();
        sums = products.newBlock();
    }

    private float[] scratch(int count) {
        if (scratch.length < count) {
            scratch = new float[count];
        }
        return scratch;
    }

    private void load(LinearWeights w) {
        HostFloats matrix = HostFloats.of(w.matrix());
        weights.reserve((long) w.in() * w.out() * Short.BYTES);
        weights.round(w.in(), w.out(), matrix.array, matrix.start, w.out(), w.out(), 0);
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
        if (rows == 0) {
            return;
        }
        int tile = Bf16Products.tile(rows, ROWS);
        load(w);
        HostFloats shift = HostFloats.of(w.bias());
        bias.reserve((long) out * Float.BYTES);
        bias.put(shift.array, shift.start, out);
        inputs.reserve((long) tile * in * Short.BYTES);
        results.reserve((long) tile * out * Float.BYTES);
        Shape shape = new Shape(Form.PLAIN, tile, in, out, true, false);
        for (int r = 0; r < rows; r += tile) {
            int m = Math.min(tile, rows - r);
            fill(inputs, m, tile, in, x, r);
            products.multiply(shape, inputs.from(0), weights.from(0), bias.from(0), results.from(0));
            int to = y.start + r * out;
            if (residual == null) {
                results.get(0, y.array, to, m * out);
            } else {
                float[] fresh = scratch(tile * out);
                results.get(0, fresh, 0, m * out);
                kernels.add(m * out, fresh, 0, residual.array, residual.start + r * out, y.array, to);
            }
            if (a != null) {
                kernels.silu(m * out, y.array, to, a.array, a.start + r * out);
            }
        }
    }

    /** Rounds {@code m} rows from row {@code r} into a tile; the rest of the tile is zero. */
    private static void fill(NativeBlock block, int m, int tile, int width, HostFloats from, int r) {
        block.round(m, width, from.array, from.start + r * width, width, width, 0);
        block.zero(m * width, (tile - m) * width);
    }

    /**
     * {@code grad.matrix += xᵀ·dy; grad.bias += column sums of dy; dx = dy · matrixᵀ}:
     * {@code x, dx [rows, in]}, {@code dy [rows, out]}.
     */
    void backward(int rows, LinearWeights w, LinearWeights grad, HostFloats x, HostFloats dy, HostFloats dx) {
        int in = w.in();
        int out = w.out();
        if (rows == 0) {
            return;
        }
        int tile = Bf16Products.tile(rows, ROWS);
        load(w);
        inputs.reserve((long) tile * in * Short.BYTES);
        outputs.reserve((long) tile * out * Short.BYTES);
        results.reserve((long) tile * in * Float.BYTES);
        sums.reserve((long) in * out * Float.BYTES);
        HostFloats dBias = HostFloats.of(grad.bias());
        for (int r = 0; r < rows; r += tile) {
            int m = Math.min(tile, rows - r);
            fill(inputs, m, tile, in, x, r);
            fill(outputs, m, tile, out, dy, r);
            Shape toMatrix = new Shape(Form.A_TRANSPOSED, in, tile, out, false, r > 0);
            products.multiply(toMatrix, inputs.from(0), outputs.from(0), sums.from(0));
            Shape toInputs = new Shape(Form.B_TRANSPOSED, tile, out, in, false, false);
            products.multiply(toInputs, outputs.from(0), weights.from(0), results.from(0));
            results.get(0, dx.array, dx.start + r * in, m * in);
            ColumnSums.add(m, out, ones, dy.array, dy.start + r * out, out, dBias.array, dBias.start);
        }
        float[] fresh = scratch(in * out);
        sums.get(0, fresh, 0, in * out);
        HostFloats dMatrix = HostFloats.of(grad.matrix());
        kernels.axpy(in * out, 1f, fresh, 0, dMatrix.array, dMatrix.start);
    }
}
