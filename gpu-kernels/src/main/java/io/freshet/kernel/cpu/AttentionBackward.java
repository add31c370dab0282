package io.freshet.kernel.cpu;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.JaggedLayout;

/**
 * Backward of {@link Attention} (model specification, "Backward"): scores are computed again, tile by tile; {@code A =
 * dO Vᵀ, dS = A .* SiLU'(S) / (i+1), dV += Pᵀ dO, dQ = scale dS K, dK += scale dSᵀ Q}, and the bias tables receive dS.
 */
final class AttentionBackward {
    private static final int TILE = Attention.TILE;

    private final ScalarKernels kernels;
    private final JaggedLayout layout;
    private final AttentionWeights weights;
    private final Attention forward;
    private final HostFloats dPosition;
    private final HostFloats dTime;
    private final int width;
    private final int stride;
    private final int d;

    AttentionBackward(ScalarKernels kernels, JaggedLayout layout, AttentionWeights weights, AttentionWeights grad) {
        this.kernels = kernels;
        this.layout = layout;
        this.weights = weights;
        forward = new Attention(kernels, layout, weights);
        dPosition = HostFloats.of(grad.position());
        dTime = HostFloats.of(grad.time());
        width = weights.width();
        stride = 4 * width;
        d = weights.headDim();
    }

    void run(HostFloats in, HostFloats dO, HostFloats dIn) {
        for (int b = 0; b < layout.sequences(); b++) {
            int n = layout.length(b);
            float[] transposed = kernels.gradScratch(2 * d * n);
            float[] values = kernels.logitScratch(d * n);
            for (int h = 0; h < weights.heads(); h++) {
                int row = in.start + layout.offsets[b] * stride + h * d;
                int dRow = dIn.start + layout.offsets[b] * stride + h * d;
                clear(dIn.array, dRow + width, n);
                clear(dIn.array, dRow + 3 * width, n);
                Attention.transpose(in.array, row + 3 * width, stride, n, d, transposed);
                Attention.transpose(in.array, row + width, stride, n, d, values);
                for (int i0 = 0; i0 < n; i0 += TILE) {
                    tile(
                            new Tile(b, h, i0, Math.min(TILE, n - i0), n),
                            in.array,
                            row,
                            dO,
                            dIn.array,
                            dRow,
                            transposed,
                            values);
                }
            }
        }
    }

    private void clear(float[] x, int start, int n) {
        for (int r = 0; r < n; r++) {
            java.util.Arrays.fill(x, start + r * stride, start + r * stride + d, 0f);
        }
    }

    private record Tile(int b, int h, int i0, int rows, int n) {
        int columns() {
            return i0 + rows;
        }
    }

    private void tile(Tile t, float[] in, int row, HostFloats dO, float[] dIn, int dRow, float[] keys, float[] values) {
        float[] s = kernels.scoreScratch(3 * TILE * t.n);
        int p = TILE * t.n;
        int a = 2 * TILE * t.n;
        forward.scores(t.b, t.h, t.i0, t.rows, in, row + 2 * width, keys, s);
        int out = dO.start + (layout.offsets[t.b] + t.i0) * width + t.h * d;
        Product along = new Product(t.rows, t.columns(), d, false);
        kernels.multiply(along.a(out, width, false).b(0, t.n).c(a, t.n), dO.array, values, s);
        for (int r = 0; r < t.rows; r++) {
            slopes(t, r, s, p, a);
        }
        Product dV = new Product(t.columns(), d, t.rows, true);
        kernels.multiply(dV.a(p, t.n, true).b(out, width).c(dRow + width, stride), s, dO.array, dIn);
        Product dQ = new Product(t.rows, d, t.columns(), false);
        dQ.a(a, t.n, false).b(row + 3 * width, stride).c(dRow + 2 * width + t.i0 * stride, stride);
        kernels.multiply(dQ, s, in, dIn);
        Product dK = new Product(t.columns(), d, t.rows, true);
        dK.a(a, t.n, true).b(row + 2 * width + t.i0 * stride, stride).c(dRow + 3 * width, stride);
        kernels.multiply(dK, s, in, dIn);
    }

    /** Turns a row of S and A into P (at {@code p}) and scale * dS (at {@code a}), and feeds the bias tables. */
    private void slopes(Tile t, int r, float[] s, int p, int a) {
        int i = t.i0 + r;
        int at = r * t.n;
        float rowScale = weights.rowScale(i);
        kernels.silu(i + 1, s, at, s, p + at);
        kernels.siluSlope(i + 1, s, at, s, a + at, s, a + at);
        int bucket = layout.bucketOffsets[t.b] + i * (i + 1) / 2;
        int last = weights.window() - 1;
        int position = dPosition.start + t.h * weights.window();
        int time = dTime.start + t.h * weights.buckets();
        for (int j = 0; j <= i; j++) {
            s[p + at + j] *= rowScale;
            float dS = s[a + at + j] * rowScale;
            dPosition.array[position + Math.min(i - j, last)] += dS;
            dTime.array[time + (layout.timeBuckets[bucket + j] & 255)] += dS;
            s[a + at + j] = dS * weights.scoreScale();
        }
        for (int j = i + 1; j < t.columns(); j++) {
            s[p + at + j] = 0;
            s[a + at + j] = 0;
        }
    }
}
