package io.freshet.model;

import java.util.Arrays;

/** Open-addressing map from a 64-bit id to an array index; no boxing. Entries are never removed, only all at once. */
public final class LongIndex {
    private long[] keys = new long[1024]; // [capacity] a power of two
    private int[] values = new int[1024]; // [capacity] -1: free
    private int size;

    public LongIndex() {
        Arrays.fill(values, -1);
    }

    /** Multiplicative hashing (Knuth, vol. 3, 6.4): one multiplication, and the upper half of it. */
    private static int slot(long key, int mask) {
        return (int) (key * 0x9E3779B97F4A7C15L >>> 32) & mask;
    }

    /** Index of an id; negative if it has none. */
    public int get(long key) {
        int mask = keys.length - 1;
        int at = slot(key, mask);
        while (values[at] >= 0) {
            if (keys[at] == key) {
                return values[at];
            }
            at = (at + 1) & mask;
        }
        return -1;
    }

    /** Gives an id an index, which must not be negative. */
    public void put(long key, int value) {
        if (2 * (size + 1) > keys.length) {
            rehash();
        }
        int mask = keys.length - 1;
        int at = slot(key, mask);
        while (values[at] >= 0 && keys[at] != key) {
            at = (at + 1) & mask;
        }
        if (values[at] < 0) {
            size++;
        }
        keys[at] = key;
        values[at] = value;
    }

    /** Forgets all ids. */
    public void clear() {
        Arrays.fill(values, -1);
        size = 0;
    }

    private void rehash() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new int[oldKeys.length * 2];
        Arrays.fill(values, -1);
        size = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] >= 0) {
                put(oldKeys[i], oldValues[i]);
            }
        }
    }
}
