package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.cpu.scalar.AttentionTile;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Time bias of an attention tile and its gradients, by vectors for every run of {@link BucketRuns}. */
final class TimeRuns {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final int ROWS = AttentionTile.ROWS;

    private TimeRuns() {}

    /** Zeros, then ones, {@code [2 * ROWS]}. */
    private static final float[] EDGE = new float[2 * ROWS];

    static {
        Arrays.fill(EDGE, ROWS, 2 * ROWS, 1f);
    }

    /**
     * Writes the bias of every pair, {@code times [columns, ROWS]}, by the pair's bucket in {@code table [buckets]}, of
     * the {@code runs [runs]} from one place to another; spoils {@link #ROWS} values behind.
     */
    static void look(int[] runs, int from, int to, float[] table, int start, float[] times) {
        int at = -ROWS;
        for (int i = from; i < to; i++) {
            int row = runs[i] & ROWS - 1;
            at += row == 0 ? ROWS : 0;
            FloatVector value = FloatVector.broadcast(S, table[start + runs[i] / ROWS]);
            value.intoArray(times, at + row);
            value.intoArray(times, at + row + L);
        }
    }

    /**
     * Adds gradients of all pairs, {@code gradients [columns, ROWS]}, to {@code sums [buckets, ROWS]}, by the {@code
     * runs [runs]} from one place to another.
     */
    static void add(int[] runs, int from, int end, float[] gradients, float[] sums, int start) {
        int at = -ROWS;
        for (int i = from; i < end; i++) {
            int row = runs[i] & ROWS - 1;
            at += row == 0 ? ROWS : 0;
            int next = i + 1 < end ? runs[i + 1] & ROWS - 1 : 0;
            int last = next == 0 ? ROWS : next;
            int to = start + (runs[i] & -ROWS);
            for (int r = 0; r < ROWS; r += L) {
                FloatVector inside = FloatVector.fromArray(S, EDGE, ROWS - row + r)
                        .sub(FloatVector.fromArray(S, EDGE, ROWS - last + r));
                FloatVector.fromArray(S, gradients, at + r)
                        .fma(inside, FloatVector.fromArray(S, sums, to + r))
                        .intoArray(sums, to + r);
            }
        }
    }
}
