package io.freshet.train.prequential;

import java.util.Arrays;

/**
 * Items by how often they were seen, always in order. Counting an item and asking for its rank take a binary search;
 * memory is 16 bytes an item, whatever the counts.
 *
 * <p>Ranks are a function of the counts alone: an item stands in the middle of those with its count, which is the mean
 * over all ways to break the tie, rounded down. So nothing of the order has to be kept with the counts.
 */
public final class PopularityOrder {
    /** By itemIndex, {@code [V]}: its place in the order. */
    private int[] placeOf = new int[1024];
    /** By place, {@code [V]}: an itemIndex. */
    private int[] itemAt = new int[1024];
    /** By place, falling, {@code [V]}. */
    private long[] counts = new long[1024];

    private int size;

    /** Number of items, {@code V}: indices below it have a count, if only 0. */
    public int size() {
        return size;
    }

    /** Whether the item at an index was seen; an index that is negative never was. */
    public boolean seen(int index) {
        return index >= 0 && index < size && counts[placeOf[index]] > 0;
    }

    /** Adds items up to an index, with a count of 0. */
    public void expect(int index) {
        while (size <= index) {
            append(0);
        }
    }

    /** How often an item was seen. */
    public long count(int index) {
        return counts[placeOf[index]];
    }

    /** How many items stand before a seen one. */
    public int rank(int index) {
        long own = counts[placeOf[index]];
        return (firstBelow(own + 1) + firstBelow(own) - 1) >>> 1;
    }

    /** First place whose count is less than this. */
    private int firstBelow(long count) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (counts[middle] < count) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Counts a sighting; a new item must have the next index. */
    public void see(int index) {
        if (index == size) {
            append(0);
        } else if (index > size) {
            throw new IllegalArgumentException("item " + index + " where the next new one is " + size);
        }
        int at = placeOf[index];
        int first = firstBelow(counts[at] + 1);
        int other = itemAt[first];
        itemAt[first] = index;
        itemAt[at] = other;
        placeOf[other] = at;
        placeOf[index] = first;
        counts[first]++;
    }

    private void append(long count) {
        if (size == placeOf.length) {
            placeOf = Arrays.copyOf(placeOf, 2 * size);
            itemAt = Arrays.copyOf(itemAt, 2 * size);
            counts = Arrays.copyOf(counts, 2 * size);
        }
        placeOf[size] = size;
        itemAt[size] = size;
        counts[size] = count;
        size++;
    }

    /** Replaces all counts, given by itemIndex, {@code byIndex [V]}. */
    public void load(long[] byIndex, int items) {
        size = 0;
        for (int index = 0; index < items; index++) {
            append(0);
        }
        Integer[] sorted = new Integer[items];
        Arrays.setAll(sorted, index -> index);
        Arrays.sort(sorted, (a, b) -> Long.compare(byIndex[b], byIndex[a]));
        for (int place = 0; place < items; place++) {
            itemAt[place] = sorted[place];
            placeOf[sorted[place]] = place;
            counts[place] = byIndex[sorted[place]];
        }
    }

    /**
     * Takes items out; the others move up.
     *
     * @param removed itemIndices, rising, {@code [removed]}
     */
    public void removeAll(int[] removed) {
        int to = 0;
        for (int place = 0; place < size; place++) {
            int at = Arrays.binarySearch(removed, itemAt[place]);
            if (at < 0) {
                itemAt[to] = itemAt[place] - (-at - 1);
                counts[to++] = counts[place];
            }
        }
        size = to;
        for (int place = 0; place < size; place++) {
            placeOf[itemAt[place]] = place;
        }
    }
}
