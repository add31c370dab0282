package io.freshet.evaluate.stream;

import java.util.Arrays;

/** Items by how often they were seen, always in order; counting moves an item in constant time. */
final class PopularityOrder {
    private int[] placeOf = new int[1024];
    private int[] itemAt = new int[1024];
    private int[] counts = new int[1024];
    private int[] firstWithCount = new int[1024];
    private int size;

    /** How many items stand before this one. */
    int rank(int index) {
        return placeOf[index];
    }

    /** Counts an item; a new one must have the next index. */
    void count(int index) {
        if (index == size) {
            if (size == placeOf.length) {
                placeOf = Arrays.copyOf(placeOf, 2 * size);
                itemAt = Arrays.copyOf(itemAt, 2 * size);
                counts = Arrays.copyOf(counts, 2 * size);
            }
            placeOf[index] = size;
            itemAt[size] = index;
            counts[size] = 0;
            size++;
        }
        int at = placeOf[index];
        int old = counts[at];
        if (old + 1 >= firstWithCount.length) {
            firstWithCount = Arrays.copyOf(firstWithCount, 2 * old + 2);
        }
        int first = at;
        if (old > 0) {
            first = firstWithCount[old];
            int other = itemAt[first];
            itemAt[first] = index;
            itemAt[at] = other;
            placeOf[other] = at;
            placeOf[index] = first;
            firstWithCount[old] = first + 1;
        }
        counts[first] = old + 1;
        if (first == 0 || counts[first - 1] != old + 1) {
            firstWithCount[old + 1] = first;
        }
    }
}
