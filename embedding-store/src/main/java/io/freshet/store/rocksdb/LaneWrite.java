package io.freshet.store.rocksdb;

import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.DenseTensor;
import io.freshet.store.HistoryAppend;
import io.freshet.store.LaneChanges;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.codec.CoOccurrenceLayout;
import io.freshet.store.codec.ContentDigest;
import io.freshet.store.codec.HistoryLayout;
import io.freshet.store.codec.RowLayout;
import io.freshet.store.rocksdb.LaneDatabase.Family;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Entries to write to a lane at once. A key stands in it once; what is said of it last counts. */
final class LaneWrite {
    /** Where an entry stands: {@code key [bytes]}. */
    private record Place(Family family, ByteBuffer key) {}

    /** Gives the value that takes the place of one that is there, either null for none. */
    private interface Change extends UnaryOperator<byte @Nullable []> {}

    private final Map<Place, Integer> places = new HashMap<>();
    private final List<Family> families = new ArrayList<>();
    private final List<byte[]> keys = new ArrayList<>(); // [entries] of [bytes]
    private final List<Change> changes = new ArrayList<>();

    /** What a tick did. */
    static LaneWrite of(StoreLayout layout, LaneChanges changes) {
        LaneWrite write = new LaneWrite();
        for (RowChange change : changes.rows()) {
            byte[] key = ContentDigest.key(layout, change.row().item());
            write.put(Family.ROWS, key, RowLayout.toBytes(change.row()));
            write.put(Family.OPTIMIZER_STATES, key, RowLayout.toBytes(change.optimizerState()));
        }
        for (CoOccurrenceRow row : changes.coOccurrences()) {
            write.put(Family.CO_OCCURRENCES, ContentDigest.key(layout, row.item()), CoOccurrenceLayout.toBytes(row));
        }
        for (long item : changes.removed()) {
            byte[] key = ContentDigest.key(layout, item);
            write.set(Family.ROWS, key, before -> null);
            write.set(Family.OPTIMIZER_STATES, key, before -> null);
            write.set(Family.CO_OCCURRENCES, key, before -> null);
        }
        for (HistoryAppend append : changes.histories()) {
            write.set(
                    Family.HISTORIES,
                    ContentDigest.key(layout, append.user()),
                    before -> HistoryLayout.toBytes(HistoryLayout.append(
                            before == null ? null : HistoryLayout.historyFrom(before),
                            append,
                            layout.historyLength())));
        }
        for (DenseTensor tensor : changes.dense()) {
            byte[] key = tensor.name().getBytes(StandardCharsets.UTF_8);
            write.put(Family.DENSE, key, RowLayout.toBytes(tensor.values()));
        }
        return write;
    }

    /** Writes an entry, {@code key, value [bytes]}. */
    void put(Family family, byte[] key, byte[] value) {
        set(family, key, before -> value);
    }

    private void set(Family family, byte[] key, Change change) {
        Integer at = places.putIfAbsent(new Place(family, ByteBuffer.wrap(key)), keys.size());
        if (at != null) {
            changes.set(at, change);
            return;
        }
        families.add(family);
        keys.add(key);
        changes.add(change);
    }

    /** The family of every entry. */
    List<Family> families() {
        return families;
    }

    /** The key of every entry, {@code [entries]} of {@code [bytes]}. */
    List<byte[]> keys() {
        return keys;
    }

    /**
     * The value of an entry when it is written, {@code [bytes]}, null if it is deleted; from what stands in its place,
     * {@code before [bytes]}.
     */
    byte @Nullable [] after(int entry, byte @Nullable [] before) {
        return changes.get(entry).apply(before);
    }
}
