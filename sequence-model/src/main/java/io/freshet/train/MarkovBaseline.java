package io.freshet.train;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * First-order Markov chain: what most often followed the user's last item, then the most popular of the rest. The last
 * item itself is a candidate like any other.
 */
final class MarkovBaseline {
    /** Followers of one item, most frequent first; equals in order of reaching their count. */
    private static final class Followers {
        private long[] items = new long[4];
        private int[] counts = new int[4];
        private int size;

        int indexOf(long item) {
            for (int i = 0; i < size; i++) {
                if (items[i] == item) {
                    return i;
                }
            }
            return -1;
        }

        void count(long item) {
            int at = indexOf(item);
            if (at < 0) {
                if (size == items.length) {
                    items = Arrays.copyOf(items, 2 * size);
                    counts = Arrays.copyOf(counts, 2 * size);
                }
                at = size++;
                items[at] = item;
            }
            int count = counts[at] + 1;
            while (at > 0 && counts[at - 1] < count) {
                items[at] = items[at - 1];
                counts[at] = counts[at - 1];
                at--;
            }
            items[at] = item;
            counts[at] = count;
        }
    }

    private final Map<Long, Followers> followers = new LinkedHashMap<>();
    private final PopularityBaseline popularity;

    MarkovBaseline(PopularityBaseline popularity) {
        this.popularity = popularity;
    }

    /** How many items stand before this one after {@code last}; {@link Integer#MAX_VALUE} if it was never seen. */
    int rank(boolean hasLast, long last, long item) {
        int popular = popularity.rank(item);
        Followers after = hasLast ? followers.get(last) : null;
        if (after == null || popular == Integer.MAX_VALUE) {
            return popular;
        }
        int at = after.indexOf(item);
        if (at >= 0) {
            return at;
        }
        int rank = after.size + popular;
        for (int i = 0; i < after.size; i++) {
            if (popularity.rank(after.items[i]) < popular) {
                rank--;
            }
        }
        return rank;
    }

    void count(long last, long item) {
        followers.computeIfAbsent(last, k -> new Followers()).count(item);
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(followers.size());
        for (Map.Entry<Long, Followers> entry : followers.entrySet()) {
            Followers f = entry.getValue();
            out.writeLong(entry.getKey());
            out.writeInt(f.size);
            for (int i = 0; i < f.size; i++) {
                out.writeLong(f.items[i]);
                out.writeInt(f.counts[i]);
            }
        }
    }

    void read(DataInputStream in) throws IOException {
        followers.clear();
        for (int n = in.readInt(); n > 0; n--) {
            Followers f = new Followers();
            followers.put(in.readLong(), f);
            f.size = in.readInt();
            f.items = new long[Math.max(4, f.size)];
            f.counts = new int[f.items.length];
            for (int i = 0; i < f.size; i++) {
                f.items[i] = in.readLong();
                f.counts[i] = in.readInt();
            }
        }
    }
}
