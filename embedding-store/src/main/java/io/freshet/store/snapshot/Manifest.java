package io.freshet.store.snapshot;

import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import io.freshet.store.codec.LaneDigests;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What a snapshot, or the part of it that one learner wrote, consists of.
 *
 * @param format version of this record, and of all that the files hold
 * @param repository identity of the repository that it was written to
 * @param id name of the snapshot
 * @param createdMillis when it was cut, ms since the epoch; for expiry only
 * @param tick last tick in it
 * @param frontier highest log offset learned per partition
 * @param layout shape of the store
 * @param lanes digests of every lane at that tick; empty ones for a lane that a part does not hold
 * @param properties the model's configuration, the arithmetic's identity, the learner's incarnation
 * @param feedOffsets per partition of the change feed, the first offset behind the snapshot's tick
 * @param files all files
 */
public record Manifest(
        int format,
        String repository,
        String id,
        long createdMillis,
        long tick,
        Map<Integer, Long> frontier,
        StoreLayout layout,
        List<LaneDigests> lanes,
        Map<String, String> properties,
        Map<Integer, Long> feedOffsets,
        List<StoredFile> files) {
    /** Version written by this release. */
    public static final int FORMAT = 3;

    /** Property of a snapshot that belongs to a savepoint. */
    public static final String SAVEPOINT = "savepoint";

    /** Property with the incarnation of the learner that cut the snapshot. */
    public static final String INCARNATION = "incarnation";

    /**
     * Newest last: a later incarnation's snapshot is newer than an earlier one's whatever their ticks, since learning
     * may have begun again from an older state, or from nothing.
     */
    public static final Comparator<Manifest> BY_LINEAGE = Comparator.comparingLong(Manifest::incarnation)
            .thenComparingLong(Manifest::tick)
            .thenComparing(Manifest::id);

    /** Whether it is newer than another and not of the same tick of the same learner, whose snapshots hold the same. */
    boolean isOfLaterTickThan(Manifest other) {
        return incarnation() > other.incarnation() || (incarnation() == other.incarnation() && tick > other.tick);
    }

    /**
     * A file of a lane's database.
     *
     * @param lane lane
     * @param name name in the lane's directory
     * @param object name in the repository, under {@code objects/}
     * @param bytes size
     * @param crc32c checksum
     */
    public record StoredFile(int lane, String name, String object, long bytes, long crc32c) {}

    /** The same with files. */
    Manifest with(List<StoredFile> all) {
        return new Manifest(
                format,
                repository,
                id,
                createdMillis,
                tick,
                frontier,
                layout,
                lanes,
                properties,
                feedOffsets,
                List.copyOf(all));
    }

    /** Incarnation of the learner that cut it; 0 if it does not say. */
    public long incarnation() {
        return Long.parseLong(properties.getOrDefault(INCARNATION, "0"));
    }

    /** Whether it belongs to a savepoint. */
    boolean ofSavepoint() {
        return Boolean.parseBoolean(properties.get(SAVEPOINT));
    }

    /** Chained digest of every lane, hexadecimal; empty for a lane that a part does not hold. */
    public List<String> digests() {
        return lanes.stream().map(LaneDigests::chain).toList();
    }

    /** Bytes of the files of some lanes. */
    public long bytes(LaneRange lanes) {
        return files.stream()
                .filter(file -> lanes.contains(file.lane()))
                .mapToLong(StoredFile::bytes)
                .sum();
    }

    /** Bytes of all files. */
    public long bytes() {
        return bytes(LaneRange.all(layout));
    }
}
