package io.freshet.store.snapshot;

import io.freshet.store.StoreLayout;
import java.util.List;
import java.util.Map;

/**
 * What a snapshot consists of.
 *
 * @param format version of this record
 * @param id name of the snapshot
 * @param tick last tick in it
 * @param frontier highest log offset learned per partition
 * @param layout shape of the store
 * @param digests digest of every lane at that tick, hexadecimal
 * @param properties the model's configuration, the arithmetic's identity, the learner's incarnation
 * @param feedOffsets per partition of the change feed, the first offset behind the snapshot's tick
 * @param files all files
 */
public record Manifest(
        int format,
        String id,
        long tick,
        Map<Integer, Long> frontier,
        StoreLayout layout,
        List<String> digests,
        Map<String, String> properties,
        Map<Integer, Long> feedOffsets,
        List<StoredFile> files) {
    /** Version written by this release. */
    public static final int FORMAT = 1;

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
}
