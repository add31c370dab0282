package io.freshet.kernel.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
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

    /** Lanes of a vector here; part of the arithmetic's identity. */
    static int lanes() {
        return L;
    }

    @Override
    void multiply(Product p, float[] a, float[] b, float[] c) {
        int aRow = p.aTransposed ? 1 : p.aStride;
        int aStep = p.aTransposed ? p.aStride : 1;
        int i = 0;
        for (; i + 4 <= p.m; i += 4) {
            int j = 0;
            for (; j + 2 * L <= p.n; j += 2 * L) {
                block4x2(p, a, p.aStart + i * aRow, aRow, aStep, b, p.bStart + j, c, p.cStart + i * p.cStride + j);
            }
            for (; j < p.n; j += L) {
                block4x1(
                        p,
                        a,
                        p.aStart + i * aRow,
                        aRow,
                        aStep,
                        b,
                        p.bStart + j,
                        c,
                        p.cStart + i * p.cStride + j,
                        p.n - j);
            }
        }
        for (; i < p.m; i++) {
            for (int j = 0; j < p.n; j += L) {
                block1x1(p, a, p.aStart + i * aRow, aStep, b, p.bStart + j, c, p.cStart + i * p.cStride + j, p.n - j);
            }
        }
    }

    /** Four rows of {@code a} against two vectors of columns: eight sums, which any vector unit keeps in registers. */
    private static void block4x2(
            Product p, float[] a, int a0, int aRow, int aStep, float[] b, int b0, float[] c, int c0) {
        FloatVector zero = FloatVector.zero(S);
        FloatVector s00 = zero, s01 = zero;
        FloatVector s10 = zero, s11 = zero;
        FloatVector s20 = zero, s21 = zero;
        FloatVector s30 = zero, s31 = zero;
        int bAt = b0;
        int aAt = a0;
        for (int l = 0; l < p.k; l++, bAt += p.bStride, aAt += aStep) {
            FloatVector v0 = FloatVector.fromArray(S, b, bAt);
            FloatVector v1 = FloatVector.fromArray(S, b, bAt + L);
            FloatVector x0 = FloatVector.broadcast(S, a[aAt]);
            s00 = v0.fma(x0, s00);
            s01 = v1.fma(x0, s01);
            FloatVector x1 = FloatVector.broadcast(S, a[aAt + aRow]);
            s10 = v0.fma(x1, s10);
            s11 = v1.fma(x1, s11);
            FloatVector x2 = FloatVector.broadcast(S, a[aAt + 2 * aRow]);
            s20 = v0.fma(x2, s20);
            s21 = v1.fma(x2, s21);
            FloatVector x3 = FloatVector.broadcast(S, a[aAt + 3 * aRow]);
            s30 = v0.fma(x3, s30);
            s31 = v1.fma(x3, s31);
        }
        store2(p.add, s00, s01, c, c0);
        store2(p.add, s10, s11, c, c0 + p.cStride);
        store2(p.add, s20, s21, c, c0 + 2 * p.cStride);
        store2(p.add, s30, s31, c, c0 + 3 * p.cStride);
    }

    private static void store2(boolean add, FloatVector s0, FloatVector s1, float[] c, int at) {
        if (add) {
            s0.add(FloatVector.fromArray(S, c, at)).intoArray(c, at);
            s1.add(FloatVector.fromArray(S, c, at + L)).intoArray(c, at + L);
        } else {
            s0.intoArray(c, at);
            s1.intoArray(c, at + L);
        }
    }

    /** Four rows against one vector of columns, of which {@code left} are real. */
    private static void block4x1(
            Product p, float[] a, int a0, int aRow, int aStep, float[] b, int b0, float[] c, int c0, int left) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int bAt = b0;
        int aAt = a0;
        if (left >= L) {
            for (int l = 0; l < p.k; l++, bAt += p.bStride, aAt += aStep) {
                FloatVector v = FloatVector.fromArray(S, b, bAt);
                s0 = v.fma(FloatVector.broadcast(S, a[aAt]), s0);
                s1 = v.fma(FloatVector.broadcast(S, a[aAt + aRow]), s1);
                s2 = v.fma(FloatVector.broadcast(S, a[aAt + 2 * aRow]), s2);
                s3 = v.fma(FloatVector.broadcast(S, a[aAt + 3 * aRow]), s3);
            }
        } else {
            VectorMask<Float> mask = S.indexInRange(0, left);
            for (int l = 0; l < p.k; l++, bAt += p.bStride, aAt += aStep) {
                FloatVector v = FloatVector.fromArray(S, b, bAt, mask);
                s0 = v.fma(FloatVector.broadcast(S, a[aAt]), s0);
                s1 = v.fma(FloatVector.broadcast(S, a[aAt + aRow]), s1);
                s2 = v.fma(FloatVector.broadcast(S, a[aAt + 2 * aRow]), s2);
                s3 = v.fma(FloatVector.broadcast(S, a[aAt + 3 * aRow]), s3);
            }
        }
        store1(p.add, s0, c, c0, left);
        store1(p.add, s1, c, c0 + p.cStride, left);
        store1(p.add, s2, c, c0 + 2 * p.cStride, left);
        store1(p.add, s3, c, c0 + 3 * p.cStride, left);
    }

    private static void block1x1(
            Product p, float[] a, int a0, int aStep, float[] b, int b0, float[] c, int c0, int left) {
        FloatVector s = FloatVector.zero(S);
        int bAt = b0;
        int aAt = a0;
        if (left >= L) {
            for (int l = 0; l < p.k; l++, bAt += p.bStride, aAt += aStep) {
                s = FloatVector.fromArray(S, b, bAt).fma(FloatVector.broadcast(S, a[aAt]), s);
            }
        } else {
            VectorMask<Float> mask = S.indexInRange(0, left);
            for (int l = 0; l < p.k; l++, bAt += p.bStride, aAt += aStep) {
                s = FloatVector.fromArray(S, b, bAt, mask).fma(FloatVector.broadcast(S, a[aAt]), s);
            }
        }
        store1(p.add, s, c, c0, left);
    }

    private static void store1(boolean add, FloatVector s, float[] c, int at, int left) {
        if (left >= L) {
            (add ? s.add(FloatVector.fromArray(S, c, at)) : s).intoArray(c, at);
        } else {
            VectorMask<Float> mask = S.indexInRange(0, left);
            (add ? s.add(FloatVector.fromArray(S, c, at, mask)) : s).intoArray(c, at, mask);
        }
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
        s.intoArray(laneSums, 0);
        float sum = 0;
        for (int l = 0; l < L; l++) {
            sum += laneSums[l];
        }
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
        int i = 0;
        for (; i + L <= n; i += L) {
            exp(FloatVector.fromArray(S, x, start + i).sub(shift)).intoArray(x, start + i);
        }
        for (; i < n; i++) {
            x[start + i] = Exponential.exp(x[start + i] - shift);
        }
        double s0 = 0;
        double s1 = 0;
        int j = start;
        for (; j + 2 <= start + n; j += 2) {
            s0 += x[j];
            s1 += x[j + 1];
        }
        return j < start + n ? s0 + s1 + x[j] : s0 + s1;
    }
}
