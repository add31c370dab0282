package io.freshet.train.prequential;

import java.util.Arrays;

/**
 * A first-order Markov chain by counts: what came right behind every item, most frequent first, those with one count in
 * the order of reaching it. An item keeps a bounded number of successors; where one more comes, the oldest of the
 * rarest is evicted, and is counted.
 *
 * <p>Memory is 8 bytes a successor and 24 an item. Counting and ranking read one item's list.
 */
public final class SuccessorCounts {
    /** Successors of an item without any, {@code [0]}. */
    private static final int[] NONE = {};

    private final int most;
    /** By itemIndex: pairs of successor and count, {@code [V, 2 * size]}. */
    private int[][] pairs = new int[1024][];
    /** By itemIndex: number of pairs, {@code [V]}. */
    private int[] sizes = new int[1024];

    private int items;
    private long evictions;

    /** @param most most successors of an item */
    public SuccessorCounts(int most) {
        if (most < 1) {
            throw new IllegalArgumentException(most + " successors of an item");
        }
        this.most = most;
    }

    /** Number of successors of an item. */
    public int size(int index) {
        return index >= 0 && index < items ? sizes[index] : 0;
    }

    /** An item's successor at a place. */
    public int successor(int index, int place) {
        return pairs[index][2 * place];
    }

    /** How often an item's successor at a place was counted. */
    public int count(int index, int place) {
        return pairs[index][2 * place + 1];
    }

    /** Successors that were evicted for others so far. */
    public long evictions() {
        return evictions;
    }

    /** Sets the number of evictions so far. */
    public void evictions(long soFar) {
        evictions = soFar;
    }

    /** Place of an item among another's successors; negative if it is not there. */
    public int placeOf(int index, int successor) {
        int n = size(index);
        for (int place = 0; place < n; place++) {
            if (pairs[index][2 * place] == successor) {
                return place;
            }
        }
        return -1;
    }

    /**
     * How many items stand before this one behind {@code last}: first what followed it, then the most popular rest.
     *
     * @param last index of the item before; negative if there is none
     * @param index a seen item
     */
    public int rank(int last, int index, PopularityOrder popularity) {
        int popular = popularity.rank(index);
        int n = size(last);
        int place = placeOf(last, index);
        if (n == 0 || place >= 0) {
            return n == 0 ? popular : place;
        }
        int rank = n + popular;
        for (int i = 0; i < n; i++) {
            rank -= popularity.rank(successor(last, i)) < popular ? 1 : 0;
        }
        return rank;
    }

    /** Counts that an item came right behind another. */
    public void see(int last, int index) {
        grow(last + 1);
        int at = placeOf(last, index);
        if (at >= 0) {
            int count = pairs[last][2 * at + 1];
            raise(last, at, index, count == Integer.MAX_VALUE ? count : count + 1);
            return;
        }
        if (sizes[last] == most) {
            forget(last, oldestRarest(last));
            evictions++;
        }
        append(last, index, 1);
    }

    private int oldestRarest(int last) {
        int place = sizes[last] - 1;
        while (place > 0 && count(last, place - 1) == count(last, place)) {
            place--;
        }
        return place;
    }

    private void raise(int last, int from, int index, int count) {
        int[] row = pairs[last];
        int at = from;
        while (at > 0 && row[2 * at - 1] < count) {
            row[2 * at] = row[2 * at - 2];
            row[2 * at + 1] = row[2 * at - 1];
            at--;
        }
        row[2 * at] = index;
        row[2 * at + 1] = count;
    }

    /** Adds a successor behind the others; its count must not be greater than theirs. */
    public void append(int last, int index, int count) {
        grow(last + 1);
        int n = sizes[last];
        if (2 * n == pairs[last].length) {
            pairs[last] = Arrays.copyOf(pairs[last], (int) Math.min(2L * most, Math.max(4, 4L * n)));
        }
        pairs[last][2 * n] = index;
        pairs[last][2 * n + 1] = count;
        sizes[last] = n + 1;
    }

    private void forget(int last, int place) {
        int[] row = pairs[last];
        System.arraycopy(row, 2 * place + 2, row, 2 * place, 2 * (sizes[last] - place - 1));
        sizes[last]--;
    }

    private void grow(int count) {
        if (count <= items) {
            return;
        }
        if (count > sizes.length) {
            int capacity = Math.max(count, 2 * sizes.length);
            pairs = Arrays.copyOf(pairs, capacity);
            sizes = Arrays.copyOf(sizes, capacity);
        }
        Arrays.fill(pairs, items, count, NONE);
        Arrays.fill(sizes, items, count, 0);
        items = count;
    }

    /** Forgets everything. */
    public void clear() {
        Arrays.fill(pairs, 0, items, NONE);
        Arrays.fill(sizes, 0, items, 0);
        items = 0;
    }

    /** Whether any of {@code removed [removed]}, itemIndices, rising, is among an item's successors. */
    public boolean follows(int index, int[] removed) {
        int n = size(index);
        for (int place = 0; place < n; place++) {
            if (Arrays.binarySearch(removed, successor(index, place)) >= 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes items out, as items and as successors; the others move up.
     *
     * @param removed itemIndices, rising, {@code [removed]}
     */
    public void removeAll(int[] removed) {
        int to = 0;
        for (int index = 0; index < items; index++) {
            if (Arrays.binarySearch(removed, index) < 0) {
                int[] row = pairs[index];
                int n = 0;
                for (int place = 0; place < sizes[index]; place++) {
                    int at = Arrays.binarySearch(removed, row[2 * place]);
                    if (at < 0) {
                        row[2 * n] = row[2 * place] - (-at - 1);
                        row[2 * n + 1] = row[2 * place + 1];
                        n++;
                    }
                }
                pairs[to] = row;
                sizes[to++] = n;
            }
        }
        Arrays.fill(pairs, to, items, NONE);
        Arrays.fill(sizes, to, items, 0);
        items = to;
    }
}
