package io.freshet.kernel.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The operators on the JDK's Vector API: it replaces the scalar device's products and element-wise loops by blocks of
 * registers. No sum is split over lanes except in {@link #dot}, whose lanes are added in a fixed order.
 */
final class VectorKernels extends ScalarKernels {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    private final float[] laneSums = new float[L];
    private float[] transposed = new float[0];
    private final NormRow norms = new VectorNormRow();
    private final VectorProducts products = new VectorProducts();

    /** Lanes of a vector here; part of the arithmetic's identity. */
    static int lanes() {
        return L;
    }

    @Override
    void multiply(Product p, float[] a, float[] b, float[] c) {
        products.multiply(p, a, b, c);
    }

    @Override
    void multiplyTransposed(Product p, float[] a, float[] b, float[] c) {
        if (transposed.length < p.k * p.n) {
            transposed = new float[2 * p.k * p.n];
        }
        Attention.transpose(b, p.bStart, p.bStride, p.n, p.k, transposed);
        Product straight = new Product(p.m, p.n, p.k, p.add);
        straight.a(p.aStart, p.aStride, p.aTransposed).b(0, p.n).c(p.cStart, p.cStride);
        multiply(straight, a, transposed, c);
    }

    @Override
    float dot(int n, float[] a, int aStart, float[] b, int bStart) {
        FloatVector s = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= n; i += L) {
            s = FloatVector.fromArray(S, a, aStart + i).fma(FloatVector.fromArray(S, b, bStart + i), s);
        }
        float sum = laneSum(s);
        for (; i < n; i++) {
            sum = Math.fma(a[aStart + i], b[bStart + i], sum);
        }
        return sum;
    }

    @Override
    void axpy(int n, float factor, float[] x, int xStart, float[] y, int yStart) {
        FloatVector f = FloatVector.broadcast(S, factor);
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector.fromArray(S, x, xStart + i)
                    .fma(f, FloatVector.fromArray(S, y, yStart + i))
                    .intoArray(y, yStart + i);
        }
        for (; i < n; i++) {
            y[yStart + i] = Math.fma(x[xStart + i], factor, y[yStart + i]);
        }
    }

    @Override
    void scaleAdd(int n, float factor, float[] x, int xStart, float[] y, int yStart) {
        FloatVector f = FloatVector.broadcast(S, factor);
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector.fromArray(S, y, yStart + i)
                    .fma(f, FloatVector.fromArray(S, x, xStart + i))
                    .intoArray(y, yStart + i);
        }
        for (; i < n; i++) {
            y[yStart + i] = Math.fma(y[yStart + i], factor, x[xStart + i]);
        }
    }

    private static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(-87f).min(88f);
        FloatVector shifted =
                clamped.fma(FloatVector.broadcast(S, Exponential.LOG2E), FloatVector.broadcast(S, Exponential.ROUNDER));
        FloatVector whole = shifted.sub(Exponential.ROUNDER);
        FloatVector r = whole.fma(FloatVector.broadcast(S, -Exponential.LN2_HIGH), clamped);
        r = whole.fma(FloatVector.broadcast(S, -Exponential.LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(S, Exponential.C5), FloatVector.broadcast(S, Exponential.C4));
        p = p.fma(r, FloatVector.broadcast(S, Exponential.C3));
        p = p.fma(r, FloatVector.broadcast(S, Exponential.C2));
        p = p.fma(r, FloatVector.broadcast(S, Exponential.C1));
        p = p.fma(r, FloatVector.broadcast(S, Exponential.C0));
        p = p.fma(r.mul(r), r).add(1f);
        return p.reinterpretAsInts()
                .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats();
    }

    private static FloatVector sigmoid(FloatVector x) {
        FloatVector one = FloatVector.broadcast(S, 1f);
        return one.div(exp(x.neg()).add(one));
    }

    @Override
    void silu(int n, float[] z, int zStart, float[] a, int aStart) {
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector v = FloatVector.fromArray(S, z, zStart + i);
            v.mul(sigmoid(v)).intoArray(a, aStart + i);
        }
        super.silu(n - i, z, zStart + i, a, aStart + i);
    }

    @Override
    void siluSlope(int n, float[] z, int zStart, float[] g, int gStart, float[] x, int xStart) {
        int i = 0;
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (; i + L <= n; i += L) {
            FloatVector v = FloatVector.fromArray(S, z, zStart + i);
            FloatVector s = sigmoid(v);
            v.mul(s)
                    .fma(one.sub(s), s)
                    .mul(FloatVector.fromArray(S, g, gStart + i))
                    .intoArray(x, xStart + i);
        }
        super.siluSlope(n - i, z, zStart + i, g, gStart + i, x, xStart + i);
    }

    @Override
    double exponentials(int n, float[] x, int start, float shift) {
        FloatVector sums = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector e = exp(FloatVector.fromArray(S, x, start + i).sub(shift));
            e.intoArray(x, start + i);
            sums = sums.add(e);
        }
        double sum = laneSum(sums);
        for (; i < n; i++) {
            x[start + i] = Exponential.exp(x[start + i] - shift);
            sum += x[start + i];
        }
        return sum;
    }

    private float laneSum(FloatVector v) {
        return laneSum(v, laneSums);
    }

    /** Sum of a vector's lanes in a fixed order. */
    static float laneSum(FloatVector v, float[] lanes) {
        v.intoArray(lanes, 0);
        float sum = 0;
        for (int l = 0; l < L; l += 4) {
            sum += (lanes[l] + lanes[l + 1]) + (lanes[l + 2] + lanes[l + 3]);
        }
        return sum;
    }

    @Override
    float maximum(int n, float[] x, int start) {
        FloatVector most = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i + L <= n; i += L) {
            most = most.max(FloatVector.fromArray(S, x, start + i));
        }
        float max = most.reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            max = Math.max(max, x[start + i]);
        }
        return max;
    }

    @Override
    void attentionWeights(AttentionTile t) {
        int tall = AttentionTile.ROWS;
        FloatVector scoreScale = FloatVector.broadcast(S, t.scoreScale);
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < tall; r += L) {
                int at = j * tall + r;
                FloatVector score = FloatVector.fromArray(S, t.scores, at)
                        .fma(scoreScale, FloatVector.fromArray(S, t.times, at))
                        .add(FloatVector.fromArray(S, t.position, bias + r));
                sigmoid(score)
                        .mul(score.mul(FloatVector.fromArray(S, t.rowScales, r)))
                        .intoArray(t.scores, at);
            }
        }
    }

    @Override
    void attentionSlopes(AttentionTile t) {
        int tall = AttentionTile.ROWS;
        FloatVector one = FloatVector.broadcast(S, 1f);
        FloatVector scoreScale = FloatVector.broadcast(S, t.scoreScale);
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < tall; r += L) {
                int at = j * tall + r;
                FloatVector score = FloatVector.fromArray(S, t.scores, at)
                        .fma(scoreScale, FloatVector.fromArray(S, t.times, at))
                        .add(FloatVector.fromArray(S, t.position, bias + r));
                FloatVector sigmoid = sigmoid(score);
                FloatVector weight = score.mul(sigmoid);
                FloatVector scale = FloatVector.fromArray(S, t.rowScales, r);
                weight.mul(scale).intoArray(t.scores, at);
                weight.fma(one.sub(sigmoid), sigmoid)
                        .mul(scale)
                        .mul(FloatVector.fromArray(S, t.gradients, at))
                        .intoArray(t.gradients, at);
            }
        }
    }

    @Override
    void positionGradients(AttentionTile t) {
        int tall = AttentionTile.ROWS;
        FloatVector scale = FloatVector.broadcast(S, t.scoreScale);
        for (int phase = 0; phase < tall; phase++) {
            for (int j = phase; j < t.columns(); j += tall) {
                int to = AttentionTile.PAD + t.first - j;
                for (int r = 0; r < tall; r += L) {
                    FloatVector g = FloatVector.fromArray(S, t.gradients, j * tall + r);
                    g.add(FloatVector.fromArray(S, t.dPosition, to + r)).intoArray(t.dPosition, to + r);
                    g.mul(scale).intoArray(t.gradients, j * tall + r);
                }
            }
        }
    }

    @Override
    void add(int n, float[] a, int aStart, float[] b, int bStart, float[] y, int yStart) {
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector.fromArray(S, a, aStart + i)
                    .add(FloatVector.fromArray(S, b, bStart + i))
                    .intoArray(y, yStart + i);
        }
        for (; i < n; i++) {
            y[yStart + i] = a[aStart + i] + b[bStart + i];
        }
    }

    @Override
    void accumulate(int n, float factor, float[] x, int start, float[] sums, int sStart, float then) {
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, start + i).mul(factor);
            v.add(FloatVector.fromArray(S, sums, sStart + i)).intoArray(sums, sStart + i);
            v.mul(then).intoArray(x, start + i);
        }
        super.accumulate(n - i, factor, x, start + i, sums, sStart + i, then);
    }

    @Override
    void adam(AdamRow row, int n, float[] w, float[] m, float[] v, float[] g, int[] starts) {
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector gradient = FloatVector.fromArray(S, g, starts[3] + i);
            FloatVector first =
                    FloatVector.fromArray(S, m, starts[1] + i).mul(row.beta1()).add(gradient.mul(1 - row.beta1()));
            FloatVector second = FloatVector.fromArray(S, v, starts[2] + i)
                    .mul(row.beta2())
                    .add(gradient.mul(gradient).mul(1 - row.beta2()));
            first.intoArray(m, starts[1] + i);
            second.intoArray(v, starts[2] + i);
            FloatVector root =
                    second.mul(row.correct2()).lanewise(VectorOperators.SQRT).add(row.epsilon());
            FloatVector update = first.mul(row.correct1()).div(root);
            FloatVector.fromArray(S, w, starts[0] + i)
                    .mul(row.keep())
                    .sub(update.mul(row.rate()))
                    .intoArray(w, starts[0] + i);
        }
        super.adam(row, n - i, w, m, v, g, new int[] {starts[0] + i, starts[1] + i, starts[2] + i, starts[3] + i});
    }

    @Override
    void sampledGradients(
            int d,
            int c,
            int[] items,
            int from,
            float[] g,
            HostFloats e,
            float[] y,
            int row,
            float[] dY,
            int to,
            HostFloats dE) {
        int x = 0;
        for (; x + L <= d; x += L) {
            FloatVector query = FloatVector.fromArray(S, y, row + x);
            FloatVector sum = FloatVector.zero(S);
            for (int j = 0; j < c; j++) {
                int at = items[from + j] * d + x;
                FloatVector factor = FloatVector.broadcast(S, g[j]);
                sum = FloatVector.fromArray(S, e.array, e.start + at).fma(factor, sum);
                query.fma(factor, FloatVector.fromArray(S, dE.array, dE.start + at))
                        .intoArray(dE.array, dE.start + at);
            }
            sum.intoArray(dY, to + x);
        }
        for (; x < d; x++) {
            float sum = 0;
            for (int j = 0; j < c; j++) {
                int at = items[from + j] * d + x;
                sum = Math.fma(e.array[e.start + at], g[j], sum);
                dE.array[dE.start + at] = Math.fma(y[row + x], g[j], dE.array[dE.start + at]);
            }
            dY[to + x] = sum;
        }
    }

    @Override
    NormRow normRow() {
        return norms;
    }
}
