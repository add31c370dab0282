package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.cpu.host.HostFloats;
import java.util.Arrays;

/**
 * Jagged pointwise attention by tiles of query rows, forward and backward (model specification, sections "Forward" and
 * "Backward"): additive over keys, so there is no running maximum and no denominator, and scores are computed again on
 * the way back.
 */
final class Attention {
    private static final int ROWS = AttentionTile.ROWS;

    private final ScalarKernels kernels;
    private final JaggedLayout layout;
    private final AttentionWeights weights;
    private final AttentionTile tile;
    /** Projected rows U, V, Q, K, {@code [T, 4 * H * d]}. */
    private final HostFloats in;

    private final int width;
    private final int stride;
    private final int d;

    Attention(ScalarKernels kernels, JaggedLayout layout, AttentionWeights weights, HostFloats in) {
        this.kernels = kernels;
        this.layout = layout;
        this.weights = weights;
        this.in = in;
        tile = kernels.attentionTile();
        width = weights.width();
        stride = 4 * width;
        d = weights.headDim();
    }

    /** Writes the attended values, {@code out [T, H * d]}. */
    void forward(HostFloats out) {
        for (int b = 0; b < layout.sequences(); b++) {
            int n = layout.length(b);
            for (int h = 0; h < weights.heads(); h++) {
                int row = in.start + layout.offsets[b] * stride + h * d;
                tile.head(weights, h, n);
                for (int t = layout.firstTile(b); t < layout.tiles(b); t++) {
                    scores(b, t, row);
                    kernels.attentionWeights(tile);
                    tile.mask(tile.scores);
                    Product values = new Product(ROWS - tile.skipped, d, tile.columns(), false);
                    values.a(tile.skipped, ROWS, true).b(row + width, stride);
                    int first = layout.offsets[b] + tile.first + tile.skipped;
                    values.c(out.start + first * width + h * d, width);
                    kernels.multiply(values, tile.scores, in.array, out.array);
                }
            }
        }
    }

    /** Transposed products of a tile's queries with all keys up to its last row. */
    private void scores(int b, int t, int row) {
        tile.tile(layout, weights, b, t);
        tile.lookUpTimes(weights);
        tile.readQueries(in.array, row + 2 * width + tile.first * stride, stride, d);
        Product product = new Product(tile.columns(), ROWS, d, false);
        product.a(row + 3 * width, stride, false).b(0, ROWS).c(0, ROWS);
        kernels.multiply(product, in.array, tile.queriesTransposed, tile.scores);
    }

    /**
     * Backward of {@link #forward}.
     *
     * @param grad receives the gradients of the bias tables, added to
     * @param dO gradient of the output, {@code [T, H * d]}
     * @param dIn gradient of the projection, {@code [T, 4 * H * d]}; its V, Q and K parts are overwritten
     */
    void backward(AttentionWeights grad, HostFloats dO, HostFloats dIn) {
        for (int b = 0; b < layout.sequences(); b++) {
            int n = layout.length(b);
            for (int h = 0; h < weights.heads(); h++) {
                int row = in.start + layout.offsets[b] * stride + h * d;
                int dRow = dIn.start + layout.offsets[b] * stride + h * d;
                clear(dIn.array, dRow + width, n);
                clear(dIn.array, dRow + 3 * width, n);
                clear(dIn.array, dRow + 2 * width, layout.firstComputed(b));
                tile.head(weights, h, n);
                tile.clearGradients(n, weights.buckets());
                for (int t = layout.firstTile(b); t < layout.tiles(b); t++) {
                    scores(b, t, row);
                    int out = dO.start + (layout.offsets[b] + tile.first) * width + h * d;
                    backward(row, dO.array, out, dIn.array, dRow);
                }
                tile.addGradients(grad, h, n);
            }
        }
    }

    /** Zeroes {@code [n, d]} values of a projection. */
    private void clear(float[] x, int start, int n) {
        for (int r = 0; r < n; r++) {
            Arrays.fill(x, start + r * stride, start + r * stride + d, 0f);
        }
    }

    /** {@code A = V dOᵀ; P, dS from S and A; dV += P dO; dQ = scale dSᵀ K; dK += scale dS Q}. */
    private void backward(int row, float[] dO, int out, float[] dIn, int dRow) {
        int columns = tile.columns();
        tile.readOutputGradients(dO, out, width, d);
        Product along = new Product(columns, ROWS, d, false);
        along.a(row + width, stride, false).b(0, ROWS).c(0, ROWS);
        kernels.multiply(along, in.array, tile.dOutTransposed, tile.gradients);
        kernels.attentionSlopes(tile);
        tile.mask(tile.scores);
        tile.mask(tile.gradients);
        if (weights.buckets() > 1) {
            tile.addTimeGradients();
        }
        kernels.positionGradients(tile);
        int rows = ROWS - tile.skipped;
        int skipped = tile.skipped;
        Product dV = new Product(columns, d, rows, true);
        dV.a(skipped, ROWS, false).b(out + skipped * width, width).c(dRow + width, stride);
        kernels.multiply(dV, tile.scores, dO, dIn);
        int first = tile.first + skipped;
        int queries = row + 2 * width + first * stride;
        Product dK = new Product(columns, d, rows, true);
        dK.a(skipped, ROWS, false).b(queries, stride).c(dRow + 3 * width, stride);
        kernels.multiply(dK, tile.gradients, in.array, dIn);
        Product dQ = new Product(rows, d, columns, false);
        dQ.a(skipped, ROWS, true).b(row + 3 * width, stride).c(dRow + 2 * width + first * stride, stride);
        kernels.multiply(dQ, tile.gradients, in.array, dIn);
    }
}
