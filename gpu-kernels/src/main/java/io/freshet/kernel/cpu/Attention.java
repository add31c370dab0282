package io.freshet.kernel.cpu;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.JaggedLayout;

/**
 * Jagged pointwise attention by tiles of query rows: scores of a tile against all keys up to its last row, bias, SiLU,
 * and the weighted sum of values. Additive over keys: no running maximum, no denominator.
 */
final class Attention {
    /** Query rows in a tile. */
    static final int TILE = 16;

    private final ScalarKernels kernels;
    private final JaggedLayout layout;
    private final AttentionWeights weights;
    private final HostFloats position;
    private final HostFloats time;

    Attention(ScalarKernels kernels, JaggedLayout layout, AttentionWeights weights) {
        this.kernels = kernels;
        this.layout = layout;
        this.weights = weights;
        position = HostFloats.of(weights.position());
        time = HostFloats.of(weights.time());
    }

    static void forward(
            ScalarKernels kernels, JaggedLayout layout, AttentionWeights weights, HostFloats in, HostFloats out) {
        new Attention(kernels, layout, weights).forward(in, out);
    }

    private void forward(HostFloats in, HostFloats out) {
        int d = weights.headDim();
        int stride = 4 * weights.width();
        for (int b = 0; b < layout.sequences(); b++) {
            int n = layout.length(b);
            float[] keys = kernels.gradScratch(d * n);
            for (int h = 0; h < weights.heads(); h++) {
                int row = in.start + layout.offsets[b] * stride + h * d;
                transpose(in.array, row + 3 * weights.width(), stride, n, d, keys);
                for (int i0 = 0; i0 < n; i0 += TILE) {
                    int rows = Math.min(TILE, n - i0);
                    int columns = i0 + rows;
                    float[] s = kernels.scoreScratch(2 * TILE * n);
                    scores(b, h, i0, rows, in.array, row + 2 * weights.width(), keys, s);
                    activate(rows, i0, n, s);
                    Product values = new Product(rows, d, columns, false);
                    values.a(0, n, false).b(row + weights.width(), stride);
                    int to = out.start + (layout.offsets[b] + i0) * weights.width() + h * d;
                    kernels.multiply(values.c(to, weights.width()), s, in.array, out.array);
                }
            }
        }
    }

    /** Scores with bias of rows {@code i0 ...}: {@code s[r * n + j]}; entries past the diagonal are not meaningful. */
    void scores(int b, int h, int i0, int rows, float[] in, int queries, float[] keys, float[] s) {
        int n = layout.length(b);
        int d = weights.headDim();
        int stride = 4 * weights.width();
        Product product = new Product(rows, i0 + rows, d, false);
        product.a(queries + i0 * stride, stride, false).b(0, n).c(0, n);
        kernels.multiply(product, in, keys, s);
        int last = weights.window() - 1;
        for (int r = 0; r < rows; r++) {
            int i = i0 + r;
            int bucket = layout.bucketOffsets[b] + i * (i + 1) / 2;
            int at = r * n;
            for (int j = 0; j <= i; j++) {
                float bias = position.array[position.start + h * weights.window() + Math.min(i - j, last)]
                        + time.array[time.start + h * weights.buckets() + (layout.timeBuckets[bucket + j] & 255)];
                s[at + j] = Math.fma(s[at + j], weights.scoreScale(), bias);
            }
        }
    }

    /** {@code P = SiLU(S) / (i + 1)}, zero past the diagonal, in place. */
    private void activate(int rows, int i0, int n, float[] s) {
        for (int r = 0; r < rows; r++) {
            int i = i0 + r;
            kernels.silu(i + 1, s, r * n, s, r * n);
            float rowScale = weights.rowScale(i);
            for (int j = 0; j <= i; j++) {
                s[r * n + j] *= rowScale;
            }
            for (int j = i + 1; j < i0 + rows; j++) {
                s[r * n + j] = 0;
            }
        }
    }

    /** {@code to[c * n + r] = from[start + r * stride + c]} for {@code n} rows of {@code d} columns. */
    static void transpose(float[] from, int start, int stride, int n, int d, float[] to) {
        for (int r = 0; r < n; r++) {
            int at = start + r * stride;
            for (int c = 0; c < d; c++) {
                to[c * n + r] = from[at + c];
            }
        }
    }
}
