package io.freshet.train;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Items by how often they were seen since the start, always in order: counting an item moves it in constant time to
 * the front of those with its old count.
 */
final class PopularityBaseline {
    private final Map<Long, Integer> placeOf = new HashMap<>();
    private final Map<Integer, Integer> firstWithCount = new HashMap<>();
    private long[] items = new long[1024];
    private int[] counts = new int[1024];
    private int size;

    /** How many items stand before this one; {@link Integer#MAX_VALUE} if it was never seen. */
    int rank(long item) {
        Integer at = placeOf.get(item);
        return at == null ? Integer.MAX_VALUE : at;
    }

    long itemAt(int place) {
        return items[place];
    }

    int size() {
        return size;
    }

    void count(long item) {
        Integer at = placeOf.get(item);
        if (at == null) {
            if (size == items.length) {
                items = java.util.Arrays.copyOf(items, 2 * size);
                counts = java.util.Arrays.copyOf(counts, 2 * size);
            }
            at = size++;
            items[at] = item;
            counts[at] = 1;
            placeOf.put(item, at);
            firstWithCount.putIfAbsent(1, at);
            return;
        }
        int old = counts[at];
        int first = java.util.Objects.requireNonNull(firstWithCount.get(old));
        long other = items[first];
        items[first] = item;
        items[at] = other;
        placeOf.put(other, at);
        placeOf.put(item, first);
        counts[first] = old + 1;
        if (first + 1 < size && counts[first + 1] == old) {
            firstWithCount.put(old, first + 1);
        } else {
            firstWithCount.remove(old);
        }
        firstWithCount.putIfAbsent(old + 1, first);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(size);
        for (int i = 0; i < size; i++) {
            out.writeLong(items[i]);
            out.writeInt(counts[i]);
        }
    }

    void read(DataInputStream in) throws IOException {
        size = in.readInt();
        items = new long[Math.max(1024, size)];
        counts = new int[items.length];
        placeOf.clear();
        firstWithCount.clear();
        for (int i = 0; i < size; i++) {
            items[i] = in.readLong();
            counts[i] = in.readInt();
            placeOf.put(items[i], i);
            firstWithCount.putIfAbsent(counts[i], i);
        }
    }
}
