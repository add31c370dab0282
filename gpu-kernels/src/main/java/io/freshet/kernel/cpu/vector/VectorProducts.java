package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.cpu.scalar.Product;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products on the Vector API: blocks of sums that stay in registers, and depth cut so that the rows of {@code b}
 * stay in the second cache. The order of every sum is a function of the shape alone.
 */
final class VectorProducts {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    /** Rows of {@code b} that are used before the next ones. */
    private static final int DEPTH = 256;

    /** Rows of {@code a} that share two columns of {@code b}, which stay in the first cache meanwhile. */
    private static final int ROWS = 64;

    /** Sixteen sums and three more vectors need the 32 registers that come with 512 bits. */
    private static final boolean TALL = L >= 16;

    /** What a product starts from that does not add to what is there, {@code [2 * L]}. */
    private static final float[] ZEROS = new float[2 * L];

    /** Columns past the last whole vector, {@code [k, L]}. */
    private float[] tailColumns = new float[64 * L];
    /** Their sums for eight rows, {@code [8, L]}. */
    private final float[] tailSums = new float[8 * L];

    /** {@code c [m, n] (+)= a [m, k] · b [k, n]}, cut into parts of the depth. */
    void multiply(Product p, float[] a, float[] b, float[] c) {
        if (p.k <= DEPTH + DEPTH / 2) {
            multiplyBlock(p, a, b, c);
            return;
        }
        int step = p.aTransposed ? p.aStride : 1;
        for (int k = 0; k < p.k; k += DEPTH) {
            Product part = new Product(p.m, p.n, Math.min(DEPTH, p.k - k), p.add || k > 0);
            part.a(p.aStart + k * step, p.aStride, p.aTransposed).b(p.bStart + k * p.bStride, p.bStride);
            multiplyBlock(part.c(p.cStart, p.cStride), a, b, c);
        }
    }

    private void multiplyBlock(Product p, float[] a, float[] b, float[] c) {
        int aRow = p.aTransposed ? 1 : p.aStride;
        int aStep = p.aTransposed ? p.aStride : 1;
        int i = 0;
        int tall = TALL ? p.m / 8 * 8 : 0;
        for (; i < tall; i = Math.min(tall, i + ROWS)) {
            int end = Math.min(tall, i + ROWS);
            int j = 0;
            for (; j + 2 * L <= p.n; j += 2 * L) {
                for (int r = i; r < end; r += 8) {
                    int cAt = p.cStart + r * p.cStride + j;
                    block8x2(p, a, p.aStart + r * aRow, aRow, aStep, b, p.bStart + j, c, cAt);
                }
            }
            if (j + L <= p.n) {
                for (int r = i; r < end; r += 8) {
                    int cAt = p.cStart + r * p.cStride + j;
                    block8x1(p, a, p.aStart + r * aRow, aRow, aStep, b, p.bStart + j, c, cAt);
                }
            }
        }
        for (; i + 4 <= p.m; i += 4) {
            int aAt = p.aStart + i * aRow;
            int cAt = p.cStart + i * p.cStride;
            int j = 0;
            for (; j + 2 * L <= p.n; j += 2 * L) {
                block4x2(p, a, aAt, aRow, aStep, b, p.bStart + j, c, cAt + j);
            }
            if (j + L <= p.n) {
                block4x1(p, a, aAt, aRow, aStep, b, p.bStart + j, c, cAt + j);
                j += L;
            }
        }
        for (; i < p.m; i++) {
            int aAt = p.aStart + i * aRow;
            int cAt = p.cStart + i * p.cStride;
            int j = 0;
            for (; j + L <= p.n; j += L) {
                block1x1(p, a, aAt, aStep, b, p.bStart + j, c, cAt + j);
            }
        }
        if (p.n % L > 0) {
            tail(p, aRow, aStep, a, b, c);
        }
    }

    /** The columns past the last whole vector: copied aside, so that no block needs a mask. */
    private void tail(Product p, int aRow, int aStep, float[] a, float[] b, float[] c) {
        int left = p.n % L;
        int j = p.n - left;
        if (tailColumns.length < p.k * L) {
            tailColumns = new float[2 * p.k * L];
        }
        for (int l = 0; l < p.k; l++) {
            System.arraycopy(b, p.bStart + l * p.bStride + j, tailColumns, l * L, left);
        }
        Product packed = new Product(8, L, p.k, false).b(0, L).c(0, L);
        for (int i = 0; i < p.m; i += 8) {
            int rows = Math.min(8, p.m - i);
            int aAt = p.aStart + i * aRow;
            if (rows == 8) {
                block8x1(packed, a, aAt, aRow, aStep, tailColumns, 0, tailSums, 0);
            } else {
                for (int r = 0; r < rows; r++) {
                    block1x1(packed, a, aAt + r * aRow, aStep, tailColumns, 0, tailSums, r * L);
                }
            }
            for (int r = 0; r < rows; r++) {
                int to = p.cStart + (i + r) * p.cStride + j;
                for (int x = 0; x < left; x++) {
                    c[to + x] = p.add ? c[to + x] + tailSums[r * L + x] : tailSums[r * L + x];
                }
            }
        }
    }

    /** Eight rows of {@code a} against two vectors of columns; 68 lines, since 16 sums stay in registers. */
    private static void block8x2(
            Product p, float[] a, int a0, int aRow, int aStep, float[] b, int b0, float[] c, int c0) {
        float[] from = p.add ? c : ZEROS;
        int f0 = p.add ? c0 : 0;
        int fRow = p.add ? p.cStride : 0;
        FloatVector s00 = FloatVector.fromArray(S, from, f0);
        FloatVector s01 = FloatVector.fromArray(S, from, f0 + L);
        FloatVector s10 = FloatVector.fromArray(S, from, f0 + fRow);
        FloatVector s11 = FloatVector.fromArray(S, from, f0 + fRow + L);
        FloatVector s20 = FloatVector.fromArray(S, from, f0 + 2 * fRow);
        FloatVector s21 = FloatVector.fromArray(S, from, f0 + 2 * fRow + L);
        FloatVector s30 = FloatVector.fromArray(S, from, f0 + 3 * fRow);
        FloatVector s31 = FloatVector.fromArray(S, from, f0 + 3 * fRow + L);
        FloatVector s40 = FloatVector.fromArray(S, from, f0 + 4 * fRow);
        FloatVector s41 = FloatVector.fromArray(S, from, f0 + 4 * fRow + L);
        FloatVector s50 = FloatVector.fromArray(S, from, f0 + 5 * fRow);
        FloatVector s51 = FloatVector.fromArray(S, from, f0 + 5 * fRow + L);
        FloatVector s60 = FloatVector.fromArray(S, from, f0 + 6 * fRow);
        FloatVector s61 = FloatVector.fromArray(S, from, f0 + 6 * fRow + L);
        FloatVector s70 = FloatVector.fromArray(S, from, f0 + 7 * fRow);
        FloatVector s71 = FloatVector.fromArray(S, from, f0 + 7 * fRow + L);
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
            FloatVector x4 = FloatVector.broadcast(S, a[aAt + 4 * aRow]);
            s40 = v0.fma(x4, s40);
            s41 = v1.fma(x4, s41);
            FloatVector x5 = FloatVector.broadcast(S, a[aAt + 5 * aRow]);
            s50 = v0.fma(x5, s50);
            s51 = v1.fma(x5, s51);
            FloatVector x6 = FloatVector.broadcast(S, a[aAt + 6 * aRow]);
            s60 = v0.fma(x6, s60);
            s61 = v1.fma(x6, s61);
            FloatVector x7 = FloatVector.broadcast(S, a[aAt + 7 * aRow]);
            s70 = v0.fma(x7, s70);
            s71 = v1.fma(x7, s71);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + L);
        s10.intoArray(c, c0 + p.cStride);
        s11.intoArray(c, c0 + p.cStride + L);
        s20.intoArray(c, c0 + 2 * p.cStride);
        s21.intoArray(c, c0 + 2 * p.cStride + L);
        s30.intoArray(c, c0 + 3 * p.cStride);
        s31.intoArray(c, c0 + 3 * p.cStride + L);
        s40.intoArray(c, c0 + 4 * p.cStride);
        s41.intoArray(c, c0 + 4 * p.cStride + L);
        s50.intoArray(c, c0 + 5 * p.cStride);
        s51.intoArray(c, c0 + 5 * p.cStride + L);
        s60.intoArray(c, c0 + 6 * p.cStride);
        s61.intoArray(c, c0 + 6 * p.cStride + L);
        s70.intoArray(c, c0 + 7 * p.cStride);
        s71.intoArray(c, c0 + 7 * p.cStride + L);
    }

    /** Four rows of {@code a} against two vectors of columns. */
    private static void block4x2(
            Product p, float[] a, int a0, int aRow, int aStep, float[] b, int b0, float[] c, int c0) {
        float[] from = p.add ? c : ZEROS;
        int f0 = p.add ? c0 : 0;
        int fRow = p.add ? p.cStride : 0;
        FloatVector s00 = FloatVector.fromArray(S, from, f0);
        FloatVector s01 = FloatVector.fromArray(S, from, f0 + L);
        FloatVector s10 = FloatVector.fromArray(S, from, f0 + fRow);
        FloatVector s11 = FloatVector.fromArray(S, from, f0 + fRow + L);
        FloatVector s20 = FloatVector.fromArray(S, from, f0 + 2 * fRow);
        FloatVector s21 = FloatVector.fromArray(S, from, f0 + 2 * fRow + L);
        FloatVector s30 = FloatVector.fromArray(S, from, f0 + 3 * fRow);
        FloatVector s31 = FloatVector.fromArray(S, from, f0 + 3 * fRow + L);
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
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + L);
        s10.intoArray(c, c0 + p.cStride);
        s11.intoArray(c, c0 + p.cStride + L);
        s20.intoArray(c, c0 + 2 * p.cStride);
        s21.intoArray(c, c0 + 2 * p.cStride + L);
        s30.intoArray(c, c0 + 3 * p.cStride);
        s31.intoArray(c, c0 + 3 * p.cStride + L);
    }

    /** Eight rows against one vector of columns. */
    private static void block8x1(
            Product p, float[] a, int a0, int aRow, int aStep, float[] b, int b0, float[] c, int c0) {
        float[] from = p.add ? c : ZEROS;
        int f0 = p.add ? c0 : 0;
        int fRow = p.add ? p.cStride : 0;
        FloatVector s0 = FloatVector.fromArray(S, from, f0);
        FloatVector s1 = FloatVector.fromArray(S, from, f0 + fRow);
        FloatVector s2 = FloatVector.fromArray(S, from, f0 + 2 * fRow);
        FloatVector s3 = FloatVector.fromArray(S, from, f0 + 3 * fRow);
        FloatVector s4 = FloatVector.fromArray(S, from, f0 + 4 * fRow);
        FloatVector s5 = FloatVector.fromArray(S, from, f0 + 5 * fRow);
        FloatVector s6 = FloatVector.fromArray(S, from, f0 + 6 * fRow);
        FloatVector s7 = FloatVector.fromArray(S, from, f0 + 7 * fRow);
        int bAt = b0;
        int aAt = a0;
        for (int l = 0; l < p.k; l++, bAt += p.bStride, aAt += aStep) {
            FloatVector v = FloatVector.fromArray(S, b, bAt);
            s0 = v.fma(FloatVector.broadcast(S, a[aAt]), s0);
            s1 = v.fma(FloatVector.broadcast(S, a[aAt + aRow]), s1);
            s2 = v.fma(FloatVector.broadcast(S, a[aAt + 2 * aRow]), s2);
            s3 = v.fma(FloatVector.broadcast(S, a[aAt + 3 * aRow]), s3);
            s4 = v.fma(FloatVector.broadcast(S, a[aAt + 4 * aRow]), s4);
            s5 = v.fma(FloatVector.broadcast(S, a[aAt + 5 * aRow]), s5);
            s6 = v.fma(FloatVector.broadcast(S, a[aAt + 6 * aRow]), s6);
            s7 = v.fma(FloatVector.broadcast(S, a[aAt + 7 * aRow]), s7);
        }
        s0.intoArray(c, c0);
        s1.intoArray(c, c0 + p.cStride);
        s2.intoArray(c, c0 + 2 * p.cStride);
        s3.intoArray(c, c0 + 3 * p.cStride);
        s4.intoArray(c, c0 + 4 * p.cStride);
        s5.intoArray(c, c0 + 5 * p.cStride);
        s6.intoArray(c, c0 + 6 * p.cStride);
        s7.intoArray(c, c0 + 7 * p.cStride);
    }

    /** Four rows against one vector of columns. */
    private static void block4x1(
            Product p, float[] a, int a0, int aRow, int aStep, float[] b, int b0, float[] c, int c0) {
        float[] from = p.add ? c : ZEROS;
        int f0 = p.add ? c0 : 0;
        int fRow = p.add ? p.cStride : 0;
        FloatVector s0 = FloatVector.fromArray(S, from, f0);
        FloatVector s1 = FloatVector.fromArray(S, from, f0 + fRow);
        FloatVector s2 = FloatVector.fromArray(S, from, f0 + 2 * fRow);
        FloatVector s3 = FloatVector.fromArray(S, from, f0 + 3 * fRow);
        int bAt = b0;
        int aAt = a0;
        for (int l = 0; l < p.k; l++, bAt += p.bStride, aAt += aStep) {
            FloatVector v = FloatVector.fromArray(S, b, bAt);
            s0 = v.fma(FloatVector.broadcast(S, a[aAt]), s0);
            s1 = v.fma(FloatVector.broadcast(S, a[aAt + aRow]), s1);
            s2 = v.fma(FloatVector.broadcast(S, a[aAt + 2 * aRow]), s2);
            s3 = v.fma(FloatVector.broadcast(S, a[aAt + 3 * aRow]), s3);
        }
        s0.intoArray(c, c0);
        s1.intoArray(c, c0 + p.cStride);
        s2.intoArray(c, c0 + 2 * p.cStride);
        s3.intoArray(c, c0 + 3 * p.cStride);
    }

    /** One row against one vector of columns. */
    private static void block1x1(Product p, float[] a, int a0, int aStep, float[] b, int b0, float[] c, int c0) {
        float[] from = p.add ? c : ZEROS;
        int f0 = p.add ? c0 : 0;
        FloatVector s0 = FloatVector.fromArray(S, from, f0);
        int bAt = b0;
        int aAt = a0;
        for (int l = 0; l < p.k; l++, bAt += p.bStride, aAt += aStep) {
            FloatVector v = FloatVector.fromArray(S, b, bAt);
            s0 = v.fma(FloatVector.broadcast(S, a[aAt]), s0);
        }
        s0.intoArray(c, c0);
    }
}
