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

    @Override
    void silu(int n, float[] z, int zStart, float[] a, int aStart) {
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector v = FloatVector.fromArray(S, z, zStart + i);
            v.div(exp(v.neg()).add(1f)).intoArray(a, aStart + i);
        }
        super.silu(n - i, z, zStart + i, a, aStart + i);
    }

    @Override
    void siluSlope(int n, float[] z, int zStart, float[] g, int gStart, float[] x, int xStart) {
        int i = 0;
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (; i + L <= n; i += L) {
            FloatVector v = FloatVector.fromArray(S, z, zStart + i);
            FloatVector s = one.div(exp(v.neg()).add(1f));
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
    static float laneSum(FloatVector v, float[] laneSums) {
        v.intoArray(laneSums, 0);
        for (int half = L / 2; half > 0; half /= 2) {
            for (int l = 0; l < half; l++) {
                laneSums[l] += laneSums[l + half];
            }
        }
        return laneSums[0];
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
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < tall; r += L) {
                FloatVector score = score(t, j * tall + r, bias + r);
                FloatVector scale = FloatVector.fromArray(S, t.rowScales, r);
                score.mul(scale).div(exp(score.neg()).add(1f)).intoArray(t.scores, j * tall + r);
            }
        }
    }

    @Override
    void attentionSlopes(AttentionTile t) {
        int tall = AttentionTile.ROWS;
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < tall; r += L) {
                int at = j * tall + r;
                FloatVector score = score(t, at, bias + r);
                FloatVector sigmoid = one.div(exp(score.neg()).add(1f));
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

    private static FloatVector score(AttentionTile t, int at, int bias) {
        return FloatVector.fromArray(S, t.scores, at)
                .add(FloatVector.fromArray(S, t.position, bias))
                .add(FloatVector.fromArray(S, t.times, at));
    }

    @Override
    NormRow normRow() {
        return norms;
    }
}
