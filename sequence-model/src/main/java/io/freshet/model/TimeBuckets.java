package io.freshet.model;

import io.freshet.kernel.JaggedLayout;

/**
 * Logarithmic buckets of time differences: {@code floor(ln(max(|dt| seconds, 1)) / 0.301)} (model specification,
 * section "Forward"), by a table of thresholds so that no logarithm is taken on the way.
 */
public final class TimeBuckets {
    private final long[] lowerMillis;

    /** @param count number of buckets, at most 256 */
    public TimeBuckets(int count) {
        lowerMillis = new long[count];
        for (int b = 1; b < count; b++) {
            double seconds = StrictMath.exp(b * 0.301);
            lowerMillis[b] = seconds > 1e15 ? Long.MAX_VALUE : (long) StrictMath.ceil(seconds * 1000);
        }
    }

    /** Bucket of a difference in ms; the sign does not matter. */
    public int of(long differenceMillis) {
        long d = Math.abs(differenceMillis);
        int low = 0;
        int high = lowerMillis.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (lowerMillis[middle] <= d) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /**
     * Buckets of all attended pairs of a sequence: of {@code times[i + 1] - times[j]}, {@code j <= i}. In the order
     * of time a row's differences shrink, so each bucket is found by walking from the last one.
     *
     * @param times of the rows, and of the event behind the last, {@code [n + 1]}, ms
     */
    void fill(long[] times, int n, JaggedLayout layout, int b) {
        int last = lowerMillis.length - 1;
        byte[] target = layout.timeBuckets;
        for (int i = 0; i < n; i++) {
            long next = times[i + 1];
            int at = layout.pair(b, i, 0);
            int bucket = 0;
            for (int j = 0; j <= i; j++) {
                long d = Math.abs(next - times[j]);
                while (lowerMillis[bucket] > d) {
                    bucket--;
                }
                while (bucket < last && lowerMillis[bucket + 1] <= d) {
                    bucket++;
                }
                target[at + j * JaggedLayout.TILE] = (byte) bucket;
            }
        }
    }
}
