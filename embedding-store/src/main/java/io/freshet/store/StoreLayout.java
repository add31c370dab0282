package io.freshet.store;

/**
 * The shape of a store, fixed when it is created.
 *
 * @param lanes number of lanes; a power of two, at most {@code keyGroups}
 * @param keyGroups number of key groups (Flink's maximum parallelism)
 * @param width floats in an embedding row, D
 * @param historyLength most interactions kept per user
 */
public record StoreLayout(int lanes, int keyGroups, int width, int historyLength) {
    public StoreLayout {
        if (lanes < 1 || lanes > keyGroups || keyGroups > 32768 || width < 1 || historyLength < 1) {
            throw new IllegalArgumentException("store layout: need 1 <= lanes <= key groups <= 32768 and positive width"
                    + " and history length, got lanes=" + lanes + " key-groups=" + keyGroups + " width=" + width
                    + " history-length=" + historyLength);
        }
    }

    /** Key group of a user or item, as {@link KeyGroups} has it. */
    public int keyGroupOf(long id) {
        return KeyGroups.groupOf(id, keyGroups);
    }

    /** Lane that owns a user or item, as {@link KeyGroups} has it. */
    public int laneOf(long id) {
        return KeyGroups.laneOfGroup(keyGroupOf(id), lanes, keyGroups);
    }
}
