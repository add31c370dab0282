package io.freshet.store;

import java.io.Serializable;

/**
 * Who owns a hashed id: ids are spread over key groups, and lanes own runs of key groups of equal length, in order.
 *
 * @param lanes number of lanes, at most {@code count}
 * @param count number of key groups, at most 32768; Flink's maximum parallelism
 */
public record KeyGroups(int lanes, int count) implements Serializable {
    public KeyGroups {
        if (lanes < 1 || lanes > count || count > 32768) {
            throw new IllegalArgumentException(
                    "key groups: need 1 <= lanes <= key groups <= 32768, got lanes=" + lanes + " key-groups=" + count);
        }
    }

    /** Key group of a user or item. */
    public int groupOf(long id) {
        return groupOf(id, count);
    }

    /** Lane that owns a user or item. */
    public int laneOf(long id) {
        return laneOfGroup(groupOf(id, count), lanes, count);
    }

    /** The smallest id, from 0 on, that a lane owns. */
    public long firstIdOf(int lane) {
        if (lane < 0 || lane >= lanes) {
            throw new IllegalArgumentException("lane " + lane + ": expected 0 to " + (lanes - 1));
        }
        long id = 0;
        while (laneOf(id) != lane) {
            id++;
        }
        return id;
    }

    /** A mix of the id's bits, modulo the number of groups. */
    static int groupOf(long id, int count) {
        long z = id;
        z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
        z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return (int) Long.remainderUnsigned(z ^ (z >>> 33), count);
    }

    static int laneOfGroup(int group, int lanes, int count) {
        return group * lanes / count;
    }
}
