package io.freshet.model;

import io.freshet.kernel.JaggedLayout;
import java.util.Arrays;

/**
 * Logarithmic buckets of time differences: {@code floor(ln(max(|dt| seconds, 1)) / 0.301)} (model specification,
 * section "Forward"), by a table of thresholds so that no logarithm is taken on the way.
 */
public final class TimeBuckets {
    /** Differences are told apart by exponent and three bits first: cells less wide than any bucket. */
    private static final int CELL_BITS = 49;

    private static final int FIRST_CELL = (int) (Double.doubleToRawLongBits(1) >>> CELL_BITS);

    /** Differences of fewer bits are exact as doubles. */
    private static final int EXACT = 53;

    private final long[] lowerMillis; // [count + 1] ms
    /** Bucket of the least difference in a cell; in the rest of it there is at most one more. */
    private final int[] cells = new int[EXACT << 52 - CELL_BITS]; // [cells]

    /** @param count number of buckets, at most 256 */
    public TimeBuckets(int count) {
        lowerMillis = new long[count + 1];
        for (int b = 1; b < count; b++) {
            double seconds = StrictMath.exp(b * 0.301);
            lowerMillis[b] = seconds > 1e15 ? Long.MAX_VALUE : (long) StrictMath.ceil(seconds * 1000);
        }
        lowerMillis[count] = Long.MAX_VALUE;
        for (int c = 0; c < cells.length; c++) {
            double least = Double.longBitsToDouble((long) (FIRST_CELL + c) << CELL_BITS);
            int bucket = c == 0 ? 0 : cells[c - 1];
            while (bucket + 1 < count && lowerMillis[bucket + 1] <= least) {
                bucket++;
            }
            cells[c] = bucket;
        }
    }

    /** Bucket of a difference in ms; the sign does not matter. */
    public int of(long differenceMillis) {
        long d = Math.abs(differenceMillis);
        if (d >>> EXACT != 0) {
            return beyond(d);
        }
        int bucket = cells[(int) (Double.doubleToRawLongBits(Math.max(d, 1)) >>> CELL_BITS) - FIRST_CELL];
        return bucket + (lowerMillis[bucket + 1] <= d ? 1 : 0);
    }

    /** Bucket of a difference of hundreds of thousands of years; the smallest long is its own absolute value. */
    private int beyond(long d) {
        int bucket = 0;
        while (bucket + 2 < lowerMillis.length && lowerMillis[bucket + 1] <= d) {
            bucket++;
        }
        return bucket;
    }

    /**
     * Buckets of all attended pairs of a sequence: of {@code times[i + 1] - times[j]}, {@code j <= i}. In the order
     * of time a key's differences grow from row to row, so a key whose first and last row in a tile have one bucket
     * has it for all of them.
     *
     * @param times of the rows, and of the event behind the last, {@code [n + 1]}, ms
     */
    void fill(long[] times, int n, JaggedLayout layout, int b) {
        byte[] target = layout.timeBuckets();
        boolean ordered = true;
        for (int i = 0; i < n; i++) {
            ordered &= times[i] <= times[i + 1];
        }
        for (int t = 0; t < layout.tiles(b); t++) {
            int first = JaggedLayout.firstRow(t, n);
            int start = layout.tile(b, t) - first;
            int end = first + JaggedLayout.TILE;
            for (int j = 0; j < end; j++) {
                int at = start + j * JaggedLayout.TILE;
                int i = Math.max(0, Math.max(first, j));
                int bucket = of(times[i + 1] - times[j]);
                if (ordered && of(times[end] - times[j]) == bucket) {
                    Arrays.fill(target, at + i, at + end, (byte) bucket);
                    continue;
                }
                for (; i < end; i++) {
                    target[at + i] = (byte) of(times[i + 1] - times[j]);
                }
            }
        }
    }
}
