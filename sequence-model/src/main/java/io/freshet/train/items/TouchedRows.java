package io.freshet.train.items;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Numbers of the rows that a tick changed. */
final class TouchedRows {
    /** A bit for each row, {@code [V]} or {@code [Vs]}. */
    private BitSet indices = new BitSet();

    void begin() {
        indices.clear();
    }

    void add(int at) {
        indices.set(at);
    }

    /** The rows that changed, rising, {@code [touched]}. */
    int[] sorted() {
        return indices.stream().toArray();
    }

    /** Takes out rows; the others move up. */
    void removeAll(List<Integer> removed) {
        int[] sorted = removed.stream().mapToInt(Integer::intValue).sorted().toArray();
        BitSet moved = new BitSet();
        indices.stream().forEach(at -> {
            int found = Arrays.binarySearch(sorted, at);
            if (found < 0) {
                moved.set(at - (-found - 1));
            }
        });
        indices = moved;
    }
}
