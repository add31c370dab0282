package io.freshet.kernel.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Like {@link Panels} for panels of two vectors and rows in eights, with results that are panels too: the products of
 * one attention tile.
 */
final class NarrowPanels {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    /** Columns of a panel. */
    static final int W = 2 * L;

    private NarrowPanels() {}

    /** {@code c [m, W] (+)= a [m, k] · b [k, W]}; {@code m} a multiple of 8. */
    static void rows(int m, int k, float[] a, int a0, int aRow, float[] b, int b0, boolean add, float[] c, int c0) {
        float[] from = add ? c : Panels.ZEROS;
        int f0 = add ? c0 : 0;
        int fRow = add ? W : 0;
        for (int i = 0; i < m; i += 8) {
            eight(k, a, a0 + i * aRow, aRow, b, b0, from, f0 + i * fRow, fRow, c, c0 + i * W);
        }
    }

    /** The second vector of {@code c [m, W] (+)= a [m, k] · b [k, W]} alone; what stands in the first stays. */
    static void upperRows(
            int m, int k, float[] a, int a0, int aRow, float[] b, int b0, boolean add, float[] c, int c0) {
        for (int i = 0; i < m; i += 8) {
            int at = c0 + i * W + L;
            eightUpper(k, a, a0 + i * aRow, aRow, b, b0 + L, add ? c : Panels.ZEROS, add ? at : 0, add ? W : 0, c, at);
        }
    }

    /**
     * {@code c [W, W] = a [k, W]ᵀ · b [k, W]} of a tile of pairs whose row {@code r} has columns up to {@code first +
     * r}: every eight rows stop where all of them have ended.
     */
    static void columnsToDiagonal(int first, float[] a, float[] b, int b0, float[] c) {
        for (int i = 0; i < W; i += 8) {
            int k = Math.max(0, first + i + 8);
            eightColumns(k, a, i, W, b, b0, Panels.ZEROS, 0, 0, c, i * W);
        }
    }

    /** {@code c [m, W] += a [m, W] · b [W, W]} of such a tile: eights of columns begin with the first row they have. */
    static void rowsFromDiagonal(int m, int first, float[] a, float[] b, int b0, float[] c, int c0) {
        for (int i = 0; i < m; i += 8) {
            int r = Math.max(0, i - first);
            int at = c0 + i * W;
            eight(W - r, a, i * W + r, W, b, b0 + r * W, c, at, W, c, at);
        }
    }

    /** One vector of columns against eight rows of {@code a}. */
    private static void eightUpper(
            int k, float[] a, int a0, int aRow, float[] b, int b0, float[] from, int f0, int fRow, float[] c, int c0) {
        FloatVector s0 = FloatVector.fromArray(S, from, f0);
        FloatVector s1 = FloatVector.fromArray(S, from, f0 + fRow);
        FloatVector s2 = FloatVector.fromArray(S, from, f0 + 2 * fRow);
        FloatVector s3 = FloatVector.fromArray(S, from, f0 + 3 * fRow);
        FloatVector s4 = FloatVector.fromArray(S, from, f0 + 4 * fRow);
        FloatVector s5 = FloatVector.fromArray(S, from, f0 + 5 * fRow);
        FloatVector s6 = FloatVector.fromArray(S, from, f0 + 6 * fRow);
        FloatVector s7 = FloatVector.fromArray(S, from, f0 + 7 * fRow);
        int a1 = a0 + aRow;
        int a2 = a0 + 2 * aRow;
        int a3 = a0 + 3 * aRow;
        int a4 = a0 + 4 * aRow;
        int a5 = a0 + 5 * aRow;
        int a6 = a0 + 6 * aRow;
        int a7 = a0 + 7 * aRow;
        for (int l = 0; l < k; l++) {
            FloatVector v = FloatVector.fromArray(S, b, b0 + l * W);
            s0 = v.fma(FloatVector.broadcast(S, a[a0 + l]), s0);
            s1 = v.fma(FloatVector.broadcast(S, a[a1 + l]), s1);
            s2 = v.fma(FloatVector.broadcast(S, a[a2 + l]), s2);
            s3 = v.fma(FloatVector.broadcast(S, a[a3 + l]), s3);
            s4 = v.fma(FloatVector.broadcast(S, a[a4 + l]), s4);
            s5 = v.fma(FloatVector.broadcast(S, a[a5 + l]), s5);
            s6 = v.fma(FloatVector.broadcast(S, a[a6 + l]), s6);
            s7 = v.fma(FloatVector.broadcast(S, a[a7 + l]), s7);
        }
        s0.intoArray(c, c0);
        s1.intoArray(c, c0 + W);
        s2.intoArray(c, c0 + 2 * W);
        s3.intoArray(c, c0 + 3 * W);
        s4.intoArray(c, c0 + 4 * W);
        s5.intoArray(c, c0 + 5 * W);
        s6.intoArray(c, c0 + 6 * W);
        s7.intoArray(c, c0 + 7 * W);
    }

    /** Eight rows of {@code a} against a panel; 70 lines, since 16 sums stay in registers. */
    private static void eight(
            int k, float[] a, int a0, int aRow, float[] b, int b0, float[] from, int f0, int fRow, float[] c, int c0) {
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
        int a1 = a0 + aRow;
        int a2 = a0 + 2 * aRow;
        int a3 = a0 + 3 * aRow;
        int a4 = a0 + 4 * aRow;
        int a5 = a0 + 5 * aRow;
        int a6 = a0 + 6 * aRow;
        int a7 = a0 + 7 * aRow;
        for (int l = 0; l < k; l++) {
            FloatVector v0 = FloatVector.fromArray(S, b, b0 + l * W);
            FloatVector v1 = FloatVector.fromArray(S, b, b0 + l * W + L);
            FloatVector x0 = FloatVector.broadcast(S, a[a0 + l]);
            s00 = v0.fma(x0, s00);
            s01 = v1.fma(x0, s01);
            FloatVector x1 = FloatVector.broadcast(S, a[a1 + l]);
            s10 = v0.fma(x1, s10);
            s11 = v1.fma(x1, s11);
            FloatVector x2 = FloatVector.broadcast(S, a[a2 + l]);
            s20 = v0.fma(x2, s20);
            s21 = v1.fma(x2, s21);
            FloatVector x3 = FloatVector.broadcast(S, a[a3 + l]);
            s30 = v0.fma(x3, s30);
            s31 = v1.fma(x3, s31);
            FloatVector x4 = FloatVector.broadcast(S, a[a4 + l]);
            s40 = v0.fma(x4, s40);
            s41 = v1.fma(x4, s41);
            FloatVector x5 = FloatVector.broadcast(S, a[a5 + l]);
            s50 = v0.fma(x5, s50);
            s51 = v1.fma(x5, s51);
            FloatVector x6 = FloatVector.broadcast(S, a[a6 + l]);
            s60 = v0.fma(x6, s60);
            s61 = v1.fma(x6, s61);
            FloatVector x7 = FloatVector.broadcast(S, a[a7 + l]);
            s70 = v0.fma(x7, s70);
            s71 = v1.fma(x7, s71);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + L);
        s10.intoArray(c, c0 + W);
        s11.intoArray(c, c0 + W + L);
        s20.intoArray(c, c0 + 2 * W);
        s21.intoArray(c, c0 + 2 * W + L);
        s30.intoArray(c, c0 + 3 * W);
        s31.intoArray(c, c0 + 3 * W + L);
        s40.intoArray(c, c0 + 4 * W);
        s41.intoArray(c, c0 + 4 * W + L);
        s50.intoArray(c, c0 + 5 * W);
        s51.intoArray(c, c0 + 5 * W + L);
        s60.intoArray(c, c0 + 6 * W);
        s61.intoArray(c, c0 + 6 * W + L);
        s70.intoArray(c, c0 + 7 * W);
        s71.intoArray(c, c0 + 7 * W + L);
    }

    /** Eight columns of {@code a} against a panel; 63 lines, since 16 sums stay in registers. */
    private static void eightColumns(
            int k, float[] a, int a0, int aRow, float[] b, int b0, float[] from, int f0, int fRow, float[] c, int c0) {
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
        for (int l = 0, at = a0; l < k; l++, at += aRow) {
            FloatVector v0 = FloatVector.fromArray(S, b, b0 + l * W);
            FloatVector v1 = FloatVector.fromArray(S, b, b0 + l * W + L);
            FloatVector x0 = FloatVector.broadcast(S, a[at]);
            s00 = v0.fma(x0, s00);
            s01 = v1.fma(x0, s01);
            FloatVector x1 = FloatVector.broadcast(S, a[at + 1]);
            s10 = v0.fma(x1, s10);
            s11 = v1.fma(x1, s11);
            FloatVector x2 = FloatVector.broadcast(S, a[at + 2]);
            s20 = v0.fma(x2, s20);
            s21 = v1.fma(x2, s21);
            FloatVector x3 = FloatVector.broadcast(S, a[at + 3]);
            s30 = v0.fma(x3, s30);
            s31 = v1.fma(x3, s31);
            FloatVector x4 = FloatVector.broadcast(S, a[at + 4]);
            s40 = v0.fma(x4, s40);
            s41 = v1.fma(x4, s41);
            FloatVector x5 = FloatVector.broadcast(S, a[at + 5]);
            s50 = v0.fma(x5, s50);
            s51 = v1.fma(x5, s51);
            FloatVector x6 = FloatVector.broadcast(S, a[at + 6]);
            s60 = v0.fma(x6, s60);
            s61 = v1.fma(x6, s61);
            FloatVector x7 = FloatVector.broadcast(S, a[at + 7]);
            s70 = v0.fma(x7, s70);
            s71 = v1.fma(x7, s71);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + L);
        s10.intoArray(c, c0 + W);
        s11.intoArray(c, c0 + W + L);
        s20.intoArray(c, c0 + 2 * W);
        s21.intoArray(c, c0 + 2 * W + L);
        s30.intoArray(c, c0 + 3 * W);
        s31.intoArray(c, c0 + 3 * W + L);
        s40.intoArray(c, c0 + 4 * W);
        s41.intoArray(c, c0 + 4 * W + L);
        s50.intoArray(c, c0 + 5 * W);
        s51.intoArray(c, c0 + 5 * W + L);
        s60.intoArray(c, c0 + 6 * W);
        s61.intoArray(c, c0 + 6 * W + L);
        s70.intoArray(c, c0 + 7 * W);
        s71.intoArray(c, c0 + 7 * W + L);
    }
}
