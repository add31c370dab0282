package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.PeerKernels.SoftmaxAttentionShape;
import io.freshet.kernel.cpu.host.HostFloats;
import java.util.Arrays;

/** Causal softmax attention by tiles of query rows; see {@link io.freshet.kernel.PeerKernels#softmaxAttention}. */
final class SoftmaxAttention {
    /** Query rows of a tile. */
    private static final int TILE = 16;

    private final ScalarKernels kernels;
    private final JaggedLayout layout;
    private final SoftmaxAttentionShape shape;
    /** Queries, {@code [T, H * d]}. */
    private final HostFloats q;
    /** Keys, then values, {@code [T, 2 * H * d]}. */
    private final HostFloats kv;

    private final int d;
    private final int width;

    SoftmaxAttention(
            ScalarKernels kernels, JaggedLayout layout, SoftmaxAttentionShape shape, HostFloats q, HostFloats kv) {
        this.kernels = kernels;
        this.layout = layout;
        this.shape = shape;
        this.q = q;
        this.kv = kv;
        d = shape.headDim();
        width = shape.width();
    }

    /** One tile: rows {@code i0 .. i0 + rows - 1} of sequence {@code b} under head {@code h}. */
    private record Tile(int b, int h, int i0, int rows, int n) {
        int columns() {
            return i0 + rows;
        }
    }

    /** Writes the attended values, {@code o [T, H * d]}. */
    void forward(HostFloats o) {
        for (int b = 0; b < layout.sequences(); b++) {
            int n = layout.length(b);
            float[] keys = kernels.gradScratch(d * n);
            for (int h = 0; h < shape.heads(); h++) {
                ScalarArithmetic.transpose(kv.array, keysAt(b, h), 2 * width, n, d, keys);
                for (int i0 = 0; i0 < n; i0 += TILE) {
                    Tile t = new Tile(b, h, i0, Math.min(TILE, n - i0), n);
                    float[] s = kernels.scoreScratch(TILE * n);
                    probabilities(t, keys, s);
                    drop(t, s, 0);
                    Product values = new Product(t.rows, d, t.columns(), false);
                    values.a(0, n, false).b(keysAt(b, h) + width, 2 * width).c(queriesAt(o, t), width);
                    kernels.multiply(values, s, kv.array, o.array);
                }
            }
        }
    }

    private int keysAt(int b, int h) {
        return kv.start + layout.offsets[b] * 2 * width + h * d;
    }

    private int queriesAt(HostFloats x, Tile t) {
        return x.start + (layout.offsets[t.b] + t.i0) * width + t.h * d;
    }

    /** Softmax rows of a tile, zero past the diagonal: {@code s[r * n + j]}. */
    private void probabilities(Tile t, float[] keys, float[] s) {
        Product product = new Product(t.rows, t.columns(), d, false);
        product.a(queriesAt(q, t), width, false).b(0, t.n).c(0, t.n);
        kernels.multiply(product, q.array, keys, s);
        float scale = (float) (1 / Math.sqrt(d));
        for (int r = 0; r < t.rows; r++) {
            int at = r * t.n;
            int length = t.i0 + r + 1;
            for (int j = at; j < at + length; j++) {
                s[j] *= scale;
            }
            float max = kernels.maximum(length, s, at);
            float factor = (float) (1 / kernels.exponentials(length, s, at, max));
            for (int j = at; j < at + length; j++) {
                s[j] *= factor;
            }
            for (int j = at + length; j < at + t.columns(); j++) {
                s[j] = 0;
            }
        }
    }

    /** Dropout of a tile of values, one per attended pair. */
    private void drop(Tile t, float[] s, int start) {
        if (shape.dropout().rate() == 0) {
            return;
        }
        for (int r = 0; r < t.rows; r++) {
            int i = t.i0 + r;
            for (int j = 0; j <= i; j++) {
                s[start + r * t.n + j] *= shape.dropout().factor(layout.pair(t.b, i, j) * shape.heads() + t.h);
            }
        }
    }

    /** Overwrites {@code dQ [T, H * d]} and {@code dKv [T, 2 * H * d]}, given {@code dO [T, H * d]}. */
    void backward(HostFloats dO, HostFloats dQ, HostFloats dKv) {
        Arrays.fill(dKv.array, dKv.start, dKv.start + layout.tokens() * 2 * width, 0f);
        for (int b = 0; b < layout.sequences(); b++) {
            int n = layout.length(b);
            float[] keys = kernels.gradScratch(d * n);
            float[] values = kernels.logitScratch(d * n);
            for (int h = 0; h < shape.heads(); h++) {
                ScalarArithmetic.transpose(kv.array, keysAt(b, h), 2 * width, n, d, keys);
                ScalarArithmetic.transpose(kv.array, keysAt(b, h) + width, 2 * width, n, d, values);
                for (int i0 = 0; i0 < n; i0 += TILE) {
                    Tile t = new Tile(b, h, i0, Math.min(TILE, n - i0), n);
                    backward(t, keys, values, dO, dQ, dKv);
                }
            }
        }
    }

    /**
     * {@code dPd = dO Vᵀ; dV += Pdᵀ dO; dP = mask .* dPd; dS = P .* (dP - rowSum(P .* dP)) / sqrt(d); dQ = dS K;
     * dK += dSᵀ Q}, with {@code Pd = mask .* P}.
     */
    private void backward(Tile t, float[] keys, float[] values, HostFloats dO, HostFloats dQ, HostFloats dKv) {
        int n = t.n;
        int masked = TILE * n;
        int slope = 2 * TILE * n;
        float[] s = kernels.scoreScratch(3 * TILE * n);
        probabilities(t, keys, s);
        System.arraycopy(s, 0, s, masked, t.rows * n);
        drop(t, s, masked);
        int out = queriesAt(dO, t);
        int row = keysAt(t.b, t.h);
        int dRow = dKv.start + row - kv.start;
        Product along = new Product(t.rows, t.columns(), d, false);
        kernels.multiply(along.a(out, width, false).b(0, n).c(slope, n), dO.array, values, s);
        Product dV = new Product(t.columns(), d, t.rows, true);
        kernels.multiply(dV.a(masked, n, true).b(out, width).c(dRow + width, 2 * width), s, dO.array, dKv.array);
        drop(t, s, slope);
        float scale = (float) (1 / Math.sqrt(d));
        for (int r = 0; r < t.rows; r++) {
            int at = r * n;
            int length = t.i0 + r + 1;
            float sum = kernels.dot(length, s, at, s, slope + at);
            for (int j = 0; j < length; j++) {
                s[slope + at + j] = s[at + j] * (s[slope + at + j] - sum) * scale;
            }
            for (int j = length; j < t.columns(); j++) {
                s[slope + at + j] = 0;
            }
        }
        Product toQ = new Product(t.rows, d, t.columns(), false);
        kernels.multiply(toQ.a(slope, n, false).b(row, 2 * width).c(queriesAt(dQ, t), width), s, kv.array, dQ.array);
        Product toK = new Product(t.columns(), d, t.rows, true);
        kernels.multiply(toK.a(slope, n, true).b(queriesAt(q, t), width).c(dRow, 2 * width), s, q.array, dKv.array);
    }
}
