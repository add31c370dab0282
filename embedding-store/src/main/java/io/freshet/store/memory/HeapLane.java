package io.freshet.store.memory;

import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.History;
import io.freshet.store.HistoryAppend;
import io.freshet.store.LaneChanges;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.codec.CoOccurrenceLayout;
import io.freshet.store.codec.ContentDigest;
import io.freshet.store.codec.HistoryLayout;
import io.freshet.store.codec.RowLayout;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One lane of a store on the heap. What is put into it is neither copied nor to be changed any more. */
final class HeapLane {
    private final StoreLayout layout;
    // Written at every tick, gone through seldom: hashed, and sorted by inOrder when somebody looks.
    final Map<Long, RowChange> rows = new HashMap<>();
    final Map<Long, CoOccurrenceRow> coOccurrences = new HashMap<>();
    final Map<Long, History> histories = new HashMap<>();
    final TreeMap<String, float[]> dense = new TreeMap<>(); // by name, [n] each
    final TreeMap<String, float[]> own = new TreeMap<>(); // by name, [n] each
    final TreeMap<String, byte[]> attributes = new TreeMap<>(); // by name, [bytes] each

    private final ContentDigest content;
    private final ContentDigest ownContent;

    HeapLane(StoreLayout layout) {
        this(layout, new ContentDigest(), new ContentDigest());
    }

    private HeapLane(StoreLayout layout, ContentDigest content, ContentDigest ownContent) {
        this.layout = layout;
        this.content = content;
        this.ownContent = ownContent;
    }

    /** {@link ContentDigest}, {@code [32]}, of what serving reads. */
    byte[] contentDigest() {
        return content.toBytes();
    }

    /** {@link ContentDigest}, {@code [32]}, of what only the learner reads. */
    byte[] ownDigest() {
        return ownContent.toBytes();
    }

    /** A lane with the same entries, whose digests are computed from them. */
    HeapLane scanned() {
        HeapLane scanned = new HeapLane(layout);
        rows.values().forEach(scanned::put);
        coOccurrences.values().forEach(scanned::put);
        histories.values().forEach(scanned::put);
        dense.forEach(scanned::putDense);
        scanned.putOwn(own, attributes);
        return scanned;
    }

    /** Values in the order of a store on disk: by key group, then by id. */
    <T> List<T> inOrder(Map<Long, T> values) {
        return values.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(
                        Comparator.<Long>comparingInt(layout::keyGroupOf).thenComparing(Long::compareUnsigned)))
                .map(Map.Entry::getValue)
                .toList();
    }

    HeapLane copy() {
        HeapLane copy = new HeapLane(layout, new ContentDigest(contentDigest()), new ContentDigest(ownDigest()));
        copy.rows.putAll(rows);
        copy.coOccurrences.putAll(coOccurrences);
        copy.histories.putAll(histories);
        copy.dense.putAll(dense);
        copy.own.putAll(own);
        copy.attributes.putAll(attributes);
        return copy;
    }

    void apply(LaneChanges changes) {
        changes.rows().forEach(this::put);
        changes.coOccurrences().forEach(this::put);
        changes.removed().forEach(this::remove);
        for (HistoryAppend append : changes.histories()) {
            put(HistoryLayout.append(histories.get(append.user()), append, layout.historyLength()));
        }
        changes.dense()
                .forEach(tensor -> putDense(tensor.name(), tensor.values().clone()));
    }

    void put(RowChange change) {
        byte[] key = ContentDigest.key(layout, change.row().item());
        RowChange before = rows.put(change.row().item(), change);
        content.replace(ContentDigest.Kind.ROWS, key, bytes(before), bytes(change));
        ownContent.replace(
                ContentDigest.Kind.OPTIMIZER_STATES, key, optimizerStateBytes(before), optimizerStateBytes(change));
    }

    void put(CoOccurrenceRow row) {
        CoOccurrenceRow before = coOccurrences.put(row.item(), row);
        content.replace(
                ContentDigest.Kind.CO_OCCURRENCES, ContentDigest.key(layout, row.item()), bytes(before), bytes(row));
    }

    void put(History history) {
        History before = histories.put(history.user(), history);
        byte[] key = ContentDigest.key(layout, history.user());
        byte[] replaced = before == null ? null : HistoryLayout.toBytes(before);
        content.replace(ContentDigest.Kind.HISTORIES, key, replaced, HistoryLayout.toBytes(history));
    }

    /** Puts a dense tensor, {@code values [n]}. */
    void putDense(String name, float[] values) {
        float[] before = dense.put(name, values);
        content.replace(ContentDigest.Kind.DENSE, name.getBytes(StandardCharsets.UTF_8), bytes(before), bytes(values));
    }

    /** Puts the owner's {@code tensors [n]} and attributes, {@code values [bytes]}, by name. */
    void putOwn(Map<String, float[]> tensors, Map<String, byte[]> values) {
        tensors.forEach((name, tensor) -> {
            float[] before = own.put(name, tensor);
            ownContent.replace(ContentDigest.Kind.OWN, ContentDigest.tensorKey(name), bytes(before), bytes(tensor));
        });
        values.forEach((name, value) -> ownContent.replace(
                ContentDigest.Kind.OWN, ContentDigest.attributeKey(name), attributes.put(name, value), value));
    }

    private void remove(long item) {
        byte[] key = ContentDigest.key(layout, item);
        RowChange row = rows.remove(item);
        content.replace(ContentDigest.Kind.ROWS, key, bytes(row), null);
        ownContent.replace(ContentDigest.Kind.OPTIMIZER_STATES, key, optimizerStateBytes(row), null);
        content.replace(ContentDigest.Kind.CO_OCCURRENCES, key, bytes(coOccurrences.remove(item)), null);
    }

    private static byte @Nullable [] bytes(@Nullable RowChange change) {
        return change == null ? null : RowLayout.toBytes(change.row());
    }

    private static byte @Nullable [] optimizerStateBytes(@Nullable RowChange change) {
        return change == null ? null : RowLayout.toBytes(change.optimizerState());
    }

    private static byte @Nullable [] bytes(@Nullable CoOccurrenceRow row) {
        return row == null ? null : CoOccurrenceLayout.toBytes(row);
    }

    private static byte @Nullable [] bytes(float @Nullable [] values) {
        return values == null ? null : RowLayout.toBytes(values);
    }
}
