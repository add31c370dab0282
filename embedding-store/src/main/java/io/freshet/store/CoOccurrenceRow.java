package io.freshet.store;

/**
 * What has followed an item in users' histories, and how often.
 *
 * @param item hashed id of the item that was followed
 * @param next hashed ids of the items that followed it, {@code [n]}
 * @param counts weighted count of each, {@code [n]}
 */
public record CoOccurrenceRow(long item, long[] next, float[] counts) {
    public CoOccurrenceRow {
        if (next.length != counts.length) {
            throw new IllegalArgumentException(
                    "a co-occurrence row with " + next.length + " items and " + counts.length + " counts");
        }
    }
}
