package io.freshet.kernel.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes blocks of 16 x 16 in four steps: rows that are 8, 4, 2 and 1 apart exchange the lanes that are as far
 * apart. For vectors of 16 lanes.
 */
final class VectorTranspose {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    private static final VectorShuffle<Float> X8 = VectorExponential.exchange(8);
    private static final VectorShuffle<Float> X4 = VectorExponential.exchange(4);
    private static final VectorShuffle<Float> X2 = VectorExponential.exchange(2);
    private static final VectorShuffle<Float> X1 = VectorExponential.exchange(1);
    private static final VectorMask<Float> M8 = VectorMask.fromLong(S, 0xff00);
    private static final VectorMask<Float> M4 = VectorMask.fromLong(S, 0xf0f0);
    private static final VectorMask<Float> M2 = VectorMask.fromLong(S, 0xcccc);
    private static final VectorMask<Float> M1 = VectorMask.fromLong(S, 0xaaaa);

    /** The block between two steps, {@code [16, 16]}. */
    private final float[] block = new float[16 * 16];

    /** {@code to [16, 16] = from [16, 16]ᵀ}; rows of either are as far apart as said. */
    void transpose(float[] from, int start, int stride, float[] to, int at, int wide) {
        eights(from, start, stride, block);
        fours(block);
        twos(block);
        ones(block, to, at, wide);
    }

    /** {@code to [columns, rows] = from [rows, columns]ᵀ} of any size: blocks, and one by one what is left. */
    void transpose(int rows, int columns, float[] from, int start, int stride, float[] to, int at, int wide) {
        int r = 0;
        for (; r + 16 <= rows; r += 16) {
            int c = 0;
            for (; c + 16 <= columns; c += 16) {
                transpose(from, start + r * stride + c, stride, to, at + c * wide + r, wide);
            }
            single(r, r + 16, c, columns, from, start, stride, to, at, wide);
        }
        single(r, rows, 0, columns, from, start, stride, to, at, wide);
    }

    /** Transposes the rows and columns from those given on one by one. */
    private static void single(
            int row,
            int rows,
            int column,
            int columns,
            float[] from,
            int start,
            int stride,
            float[] to,
            int at,
            int wide) {
        for (int r = row; r < rows; r++) {
            for (int c = column; c < columns; c++) {
                to[at + c * wide + r] = from[start + r * stride + c];
            }
        }
    }

    /** Reads 16 rows, exchanging lanes 8 apart, into {@code to [16, 16]}. */
    private static void eights(float[] from, int start, int stride, float[] to) {
        for (int i = 0; i < 8; i++) {
            FloatVector a = FloatVector.fromArray(S, from, start + i * stride);
            FloatVector b = FloatVector.fromArray(S, from, start + (i + 8) * stride);
            a.blend(b.rearrange(X8), M8).intoArray(to, i * L);
            a.rearrange(X8).blend(b, M8).intoArray(to, (i + 8) * L);
        }
    }

    /** Exchanges lanes 4 apart in {@code x [16, 16]}. */
    private static void fours(float[] x) {
        for (int p = 0; p < 8; p++) {
            int i = (2 * p - (p & 3)) * L;
            FloatVector a = FloatVector.fromArray(S, x, i);
            FloatVector b = FloatVector.fromArray(S, x, i + 4 * L);
            a.blend(b.rearrange(X4), M4).intoArray(x, i);
            a.rearrange(X4).blend(b, M4).intoArray(x, i + 4 * L);
        }
    }

    /** Exchanges lanes 2 apart in {@code x [16, 16]}. */
    private static void twos(float[] x) {
        for (int p = 0; p < 8; p++) {
            int i = (2 * p - (p & 1)) * L;
            FloatVector a = FloatVector.fromArray(S, x, i);
            FloatVector b = FloatVector.fromArray(S, x, i + 2 * L);
            a.blend(b.rearrange(X2), M2).intoArray(x, i);
            a.rearrange(X2).blend(b, M2).intoArray(x, i + 2 * L);
        }
    }

    /** Exchanges lanes 1 apart of {@code x [16, 16]} and writes 16 rows, {@code wide} apart. */
    private static void ones(float[] x, float[] to, int at, int wide) {
        for (int i = 0; i < 16; i += 2) {
            FloatVector a = FloatVector.fromArray(S, x, i * L);
            FloatVector b = FloatVector.fromArray(S, x, (i + 1) * L);
            a.blend(b.rearrange(X1), M1).intoArray(to, at + i * wide);
            a.rearrange(X1).blend(b, M1).intoArray(to, at + (i + 1) * wide);
        }
    }
}
