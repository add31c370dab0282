package io.freshet.store.rocksdb;

import io.freshet.store.codec.ContentDigest;
import io.freshet.store.rocksdb.LaneDatabase.Family;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Digests of entries of items that a lane has written lately: whoever writes one again need not read what it takes the
 * place of, only to know the digest of that. An entry takes the slot of the one that it shares it with, so that the
 * memory is fixed ({@value #SLOTS} entries, 0.7 MB). Entries that are not here are read.
 */
final class WrittenDigests {
    static final int SLOTS = 1 << 14;

    /** Family of every slot's entry, 1 more than its ordinal; 0 where there is none. */
    private final byte[] families = new byte[SLOTS]; // [SLOTS]

    private final long[] items = new long[SLOTS]; // [SLOTS]
    private final long[] words = new long[SLOTS * ContentDigest.WORDS]; // [SLOTS, WORDS]

    /** Whether a family's entries are kept here: those that are written without being read. */
    static boolean covers(Family family) {
        return family == Family.ROWS || family == Family.OPTIMIZER_STATES || family == Family.CO_OCCURRENCES;
    }

    /** The item of {@code key [10]}, see {@link ContentDigest#key}. */
    private static long item(byte[] key) {
        return ByteBuffer.wrap(key).getLong(2);
    }

    private static int slot(Family family, long item) {
        return (int) ((item + family.ordinal()) * 0x9E3779B97F4A7C15L >>> 50);
    }

    /** Where the digest of an entry with {@code key [10]} begins in {@link #words}; negative if it is not here. */
    int find(Family family, byte[] key) {
        long item = item(key);
        int slot = slot(family, item);
        return families[slot] == family.ordinal() + 1 && items[slot] == item ? slot * ContentDigest.WORDS : -1;
    }

    /** Digests of entries, {@code [SLOTS, WORDS]}. */
    long[] words() {
        return words;
    }

    /** Gives an entry with {@code key [10]} a place; where its digest begins in {@link #words}. */
    int put(Family family, byte[] key) {
        long item = item(key);
        int slot = slot(family, item);
        families[slot] = (byte) (family.ordinal() + 1);
        items[slot] = item;
        return slot * ContentDigest.WORDS;
    }

    /** The entry with {@code key [10]} is no more. */
    void remove(Family family, byte[] key) {
        if (find(family, key) >= 0) {
            families[slot(family, item(key))] = 0;
        }
    }

    /** Forgets all. */
    void clear() {
        Arrays.fill(families, (byte) 0);
    }
}
