package io.freshet.train.items;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Indices of the rows that a tick changed. */
final class TouchedRows {
    private BitSet indices = new BitSet();

    void begin() {
        indices.clear();
    }

    void add(int at) {
        indices.set(at);
    }

    int[] sorted() {
        return indices.stream().toArray();
    }

    void clear() {
        indices.clear();
    }

    /** Takes out indices; the others move up. */
    void removeAll(List<Integer> gone) {
        int[] sorted = gone.stream().mapToInt(Integer::intValue).sorted().toArray();
        BitSet moved = new BitSet();
        indices.stream().forEach(at -> {
            int place = Arrays.binarySearch(sorted, at);
            if (place < 0) {
                moved.set(at - (-place - 1));
            }
        });
        indices = moved;
    }
}
