package io.freshet.kernel.cpu.bf16;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Weighted sums of a matrix's columns, which stay in registers from the first row to the last. */
final class ColumnSums {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final int WIDE = 4 * L;

    private ColumnSums() {}

    /** Factors that leave rows as they are, {@code [rows]}. */
    static float[] ones(int rows) {
        float[] ones = new float[rows];
        Arrays.fill(ones, 1f);
        return ones;
    }

    /** {@code sums [width] += factors [rows] · x [rows, width]}, whose rows are {@code stride} apart. */
    static void add(int rows, int width, float[] factors, float[] x, int start, int stride, float[] sums, int at) {
        int c = 0;
        for (; c + WIDE <= width; c += WIDE) {
            four(rows, factors, x, start + c, stride, sums, at + c);
        }
        for (; c < width; c++) {
            float sum = sums[at + c];
            for (int r = 0; r < rows; r++) {
                sum = Math.fma(x[start + r * stride + c], factors[r], sum);
            }
            sums[at + c] = sum;
        }
    }

    private static void four(int rows, float[] factors, float[] x, int start, int stride, float[] sums, int at) {
        FloatVector s0 = FloatVector.fromArray(S, sums, at);
        FloatVector s1 = FloatVector.fromArray(S, sums, at + L);
        FloatVector s2 = FloatVector.fromArray(S, sums, at + 2 * L);
        FloatVector s3 = FloatVector.fromArray(S, sums, at + 3 * L);
        for (int r = 0, row = start; r < rows; r++, row += stride) {
            FloatVector factor = FloatVector.broadcast(S, factors[r]);
            s0 = FloatVector.fromArray(S, x, row).fma(factor, s0);
            s1 = FloatVector.fromArray(S, x, row + L).fma(factor, s1);
            s2 = FloatVector.fromArray(S, x, row + 2 * L).fma(factor, s2);
            s3 = FloatVector.fromArray(S, x, row + 3 * L).fma(factor, s3);
        }
        s0.intoArray(sums, at);
        s1.intoArray(sums, at + L);
        s2.intoArray(sums, at + 2 * L);
        s3.intoArray(sums, at + 3 * L);
    }
}
