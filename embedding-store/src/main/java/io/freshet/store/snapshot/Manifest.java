package io.freshet.store.snapshot;

import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import java.util.List;
import java.util.Map;

/**
 * What a snapshot, or the part of it that one learner wrote, consists of.
 *
 * @param format version of this record
 * @param id name of the snapshot
 * @param createdMillis when it was cut, ms since the epoch; for expiry only
 * @param tick last tick in it
 * @param frontier highest log offset learned per partition
 * @param layout shape of the store
 * @param digests digest of every lane at that tick, hexadecimal; empty for a lane that a part does not hold
 * @param properties the model's configuration, the arithmetic's identity, the learner's incarnation
 * @param feedOffsets per partition of the change feed, the first offset behind the snapshot's tick
 * @param files all files
 */
public record Manifest(
        int format,
        String id,
        long createdMillis,
        long tick,
        Map<Integer, Long> frontier,
        StoreLayout layout,
        List<String> digests,
        Map<String, String> properties,
        Map<Integer, Long> feedOffsets,
        List<StoredFile> files) {
    /** Version written by this release. */
    public static final int FORMAT = 2;

    /** Property of a snapshot that belongs to a savepoint. */
    public static final String SAVEPOINT = "savepoint";

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
                format, id, createdMillis, tick, frontier, layout, digests, properties, feedOffsets, List.copyOf(all));
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
