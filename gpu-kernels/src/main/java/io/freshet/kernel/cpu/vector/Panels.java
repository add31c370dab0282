package io.freshet.kernel.cpu.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products against a panel: {@link #W} columns of a matrix whose rows lie W apart. The constant distance is
 * what makes them fast: the JIT then drops the bounds checks from the inner loop, which otherwise fill the front end.
 * Sums of four rows by four vectors stay in registers; each is a chain over the depth in its order.
 */
final class Panels {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    /** Columns of a panel. */
    static final int W = 4 * L;

    /** A row to start sums from, {@code [W]}, with a distance of 0 between rows. */
    static final float[] ZEROS = new float[W];

    private Panels() {}

    /** {@code c [m, W] = from [m, W] + a [m, k] · b [k, W]}; the others' rows are as far apart as said. */
    static void rows(
            int m,
            int k,
            float[] a,
            int a0,
            int aRow,
            float[] b,
            int b0,
            float[] from,
            int f0,
            int fRow,
            float[] c,
            int c0,
            int cRow) {
        int i = 0;
        for (; i + 4 <= m; i += 4) {
            four(4, k, a, a0 + i * aRow, aRow, b, b0, from, f0 + i * fRow, fRow, c, c0 + i * cRow, cRow);
        }
        if (i < m) {
            four(m - i, k, a, a0 + i * aRow, aRow, b, b0, from, f0 + i * fRow, fRow, c, c0 + i * cRow, cRow);
        }
    }

    /** {@code c [m, W] = from [m, W] + a [k, m]ᵀ · b [k, W]}. */
    static void columns(
            int m,
            int k,
            float[] a,
            int a0,
            int aRow,
            float[] b,
            int b0,
            float[] from,
            int f0,
            int fRow,
            float[] c,
            int c0,
            int cRow) {
        int i = 0;
        for (; i + 4 <= m; i += 4) {
            fourColumns(4, k, a, a0 + i, aRow, b, b0, from, f0 + i * fRow, fRow, c, c0 + i * cRow, cRow);
        }
        if (i < m) {
            fourColumns(m - i, k, a, a0 + i, aRow, b, b0, from, f0 + i * fRow, fRow, c, c0 + i * cRow, cRow);
        }
    }

    /** Copies {@code from [rows, width]}, at most W wide, into {@code panel [rows, W]}; zeros behind them. */
    static void copy(int rows, int width, float[] from, int start, int stride, float[] panel, int at) {
        if (width == W) {
            for (int r = 0; r < rows; r++) {
                int row = start + r * stride;
                int to = at + r * W;
                FloatVector.fromArray(S, from, row).intoArray(panel, to);
                FloatVector.fromArray(S, from, row + L).intoArray(panel, to + L);
                FloatVector.fromArray(S, from, row + 2 * L).intoArray(panel, to + 2 * L);
                FloatVector.fromArray(S, from, row + 3 * L).intoArray(panel, to + 3 * L);
            }
        } else {
            for (int r = 0; r < rows; r++) {
                System.arraycopy(from, start + r * stride, panel, at + r * W, width);
                Arrays.fill(panel, at + r * W + width, at + (r + 1) * W, 0f);
            }
        }
    }

    /** Copies {@code from [count, k]}, at most W rows, as columns of {@code panel [k, W]}; zeros behind them. */
    static void copyTransposed(
            VectorTranspose blocks, int count, int k, float[] from, int start, int stride, float[] panel, int at) {
        if (count < W) {
            Arrays.fill(panel, at, at + k * W, 0f);
        }
        blocks.transpose(count, k, from, start, stride, panel, at, W);
    }

    /**
     * Four rows of {@code a}, or the last of fewer again and again: a method for one row would be inlined where it is
     * called, which is then too much for the JIT. 79 lines, since 16 sums stay in registers.
     */
    private static void four(
            int rows,
            int k,
            float[] a,
            int a0,
            int aRow,
            float[] b,
            int b0,
            float[] from,
            int f0,
            int fRow,
            float[] c,
            int c0,
            int cRow) {
        int r1 = Math.min(1, rows - 1);
        int r2 = Math.min(2, rows - 1);
        int r3 = Math.min(3, rows - 1);
        FloatVector s00 = FloatVector.fromArray(S, from, f0);
        FloatVector s01 = FloatVector.fromArray(S, from, f0 + L);
        FloatVector s02 = FloatVector.fromArray(S, from, f0 + 2 * L);
        FloatVector s03 = FloatVector.fromArray(S, from, f0 + 3 * L);
        FloatVector s10 = FloatVector.fromArray(S, from, f0 + r1 * fRow);
        FloatVector s11 = FloatVector.fromArray(S, from, f0 + r1 * fRow + L);
        FloatVector s12 = FloatVector.fromArray(S, from, f0 + r1 * fRow + 2 * L);
        FloatVector s13 = FloatVector.fromArray(S, from, f0 + r1 * fRow + 3 * L);
        FloatVector s20 = FloatVector.fromArray(S, from, f0 + r2 * fRow);
        FloatVector s21 = FloatVector.fromArray(S, from, f0 + r2 * fRow + L);
        FloatVector s22 = FloatVector.fromArray(S, from, f0 + r2 * fRow + 2 * L);
        FloatVector s23 = FloatVector.fromArray(S, from, f0 + r2 * fRow + 3 * L);
        FloatVector s30 = FloatVector.fromArray(S, from, f0 + r3 * fRow);
        FloatVector s31 = FloatVector.fromArray(S, from, f0 + r3 * fRow + L);
        FloatVector s32 = FloatVector.fromArray(S, from, f0 + r3 * fRow + 2 * L);
        FloatVector s33 = FloatVector.fromArray(S, from, f0 + r3 * fRow + 3 * L);
        int a1 = a0 + r1 * aRow;
        int a2 = a0 + r2 * aRow;
        int a3 = a0 + r3 * aRow;
        for (int l = 0; l < k; l++) {
            FloatVector v0 = FloatVector.fromArray(S, b, b0 + l * W);
            FloatVector v1 = FloatVector.fromArray(S, b, b0 + l * W + L);
            FloatVector v2 = FloatVector.fromArray(S, b, b0 + l * W + 2 * L);
            FloatVector v3 = FloatVector.fromArray(S, b, b0 + l * W + 3 * L);
            FloatVector x0 = FloatVector.broadcast(S, a[a0 + l]);
            s00 = v0.fma(x0, s00);
            s01 = v1.fma(x0, s01);
            s02 = v2.fma(x0, s02);
            s03 = v3.fma(x0, s03);
            FloatVector x1 = FloatVector.broadcast(S, a[a1 + l]);
            s10 = v0.fma(x1, s10);
            s11 = v1.fma(x1, s11);
            s12 = v2.fma(x1, s12);
            s13 = v3.fma(x1, s13);
            FloatVector x2 = FloatVector.broadcast(S, a[a2 + l]);
            s20 = v0.fma(x2, s20);
            s21 = v1.fma(x2, s21);
            s22 = v2.fma(x2, s22);
            s23 = v3.fma(x2, s23);
            FloatVector x3 = FloatVector.broadcast(S, a[a3 + l]);
            s30 = v0.fma(x3, s30);
            s31 = v1.fma(x3, s31);
            s32 = v2.fma(x3, s32);
            s33 = v3.fma(x3, s33);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + L);
        s02.intoArray(c, c0 + 2 * L);
        s03.intoArray(c, c0 + 3 * L);
        s10.intoArray(c, c0 + r1 * cRow);
        s11.intoArray(c, c0 + r1 * cRow + L);
        s12.intoArray(c, c0 + r1 * cRow + 2 * L);
        s13.intoArray(c, c0 + r1 * cRow + 3 * L);
        s20.intoArray(c, c0 + r2 * cRow);
        s21.intoArray(c, c0 + r2 * cRow + L);
        s22.intoArray(c, c0 + r2 * cRow + 2 * L);
        s23.intoArray(c, c0 + r2 * cRow + 3 * L);
        s30.intoArray(c, c0 + r3 * cRow);
        s31.intoArray(c, c0 + r3 * cRow + L);
        s32.intoArray(c, c0 + r3 * cRow + 2 * L);
        s33.intoArray(c, c0 + r3 * cRow + 3 * L);
    }

    /** Four columns of {@code a}, or the last of fewer again and again; 76 lines as {@link #four}. */
    private static void fourColumns(
            int rows,
            int k,
            float[] a,
            int a0,
            int aRow,
            float[] b,
            int b0,
            float[] from,
            int f0,
            int fRow,
            float[] c,
            int c0,
            int cRow) {
        int r1 = Math.min(1, rows - 1);
        int r2 = Math.min(2, rows - 1);
        int r3 = Math.min(3, rows - 1);
        FloatVector s00 = FloatVector.fromArray(S, from, f0);
        FloatVector s01 = FloatVector.fromArray(S, from, f0 + L);
        FloatVector s02 = FloatVector.fromArray(S, from, f0 + 2 * L);
        FloatVector s03 = FloatVector.fromArray(S, from, f0 + 3 * L);
        FloatVector s10 = FloatVector.fromArray(S, from, f0 + r1 * fRow);
        FloatVector s11 = FloatVector.fromArray(S, from, f0 + r1 * fRow + L);
        FloatVector s12 = FloatVector.fromArray(S, from, f0 + r1 * fRow + 2 * L);
        FloatVector s13 = FloatVector.fromArray(S, from, f0 + r1 * fRow + 3 * L);
        FloatVector s20 = FloatVector.fromArray(S, from, f0 + r2 * fRow);
        FloatVector s21 = FloatVector.fromArray(S, from, f0 + r2 * fRow + L);
        FloatVector s22 = FloatVector.fromArray(S, from, f0 + r2 * fRow + 2 * L);
        FloatVector s23 = FloatVector.fromArray(S, from, f0 + r2 * fRow + 3 * L);
        FloatVector s30 = FloatVector.fromArray(S, from, f0 + r3 * fRow);
        FloatVector s31 = FloatVector.fromArray(S, from, f0 + r3 * fRow + L);
        FloatVector s32 = FloatVector.fromArray(S, from, f0 + r3 * fRow + 2 * L);
        FloatVector s33 = FloatVector.fromArray(S, from, f0 + r3 * fRow + 3 * L);
        for (int l = 0, at = a0; l < k; l++, at += aRow) {
            FloatVector v0 = FloatVector.fromArray(S, b, b0 + l * W);
            FloatVector v1 = FloatVector.fromArray(S, b, b0 + l * W + L);
            FloatVector v2 = FloatVector.fromArray(S, b, b0 + l * W + 2 * L);
            FloatVector v3 = FloatVector.fromArray(S, b, b0 + l * W + 3 * L);
            FloatVector x0 = FloatVector.broadcast(S, a[at]);
            s00 = v0.fma(x0, s00);
            s01 = v1.fma(x0, s01);
            s02 = v2.fma(x0, s02);
            s03 = v3.fma(x0, s03);
            FloatVector x1 = FloatVector.broadcast(S, a[at + r1]);
            s10 = v0.fma(x1, s10);
            s11 = v1.fma(x1, s11);
            s12 = v2.fma(x1, s12);
            s13 = v3.fma(x1, s13);
            FloatVector x2 = FloatVector.broadcast(S, a[at + r2]);
            s20 = v0.fma(x2, s20);
            s21 = v1.fma(x2, s21);
            s22 = v2.fma(x2, s22);
            s23 = v3.fma(x2, s23);
            FloatVector x3 = FloatVector.broadcast(S, a[at + r3]);
            s30 = v0.fma(x3, s30);
            s31 = v1.fma(x3, s31);
            s32 = v2.fma(x3, s32);
            s33 = v3.fma(x3, s33);
        }
        s00.intoArray(c, c0);
        s01.intoArray(c, c0 + L);
        s02.intoArray(c, c0 + 2 * L);
        s03.intoArray(c, c0 + 3 * L);
        s10.intoArray(c, c0 + r1 * cRow);
        s11.intoArray(c, c0 + r1 * cRow + L);
        s12.intoArray(c, c0 + r1 * cRow + 2 * L);
        s13.intoArray(c, c0 + r1 * cRow + 3 * L);
        s20.intoArray(c, c0 + r2 * cRow);
        s21.intoArray(c, c0 + r2 * cRow + L);
        s22.intoArray(c, c0 + r2 * cRow + 2 * L);
        s23.intoArray(c, c0 + r2 * cRow + 3 * L);
        s30.intoArray(c, c0 + r3 * cRow);
        s31.intoArray(c, c0 + r3 * cRow + L);
        s32.intoArray(c, c0 + r3 * cRow + 2 * L);
        s33.intoArray(c, c0 + r3 * cRow + 3 * L);
    }
}
