package io.freshet.store;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One lane of a store on the heap. */
final class HeapLane {
    private final StoreLayout layout;
    // Written at every tick, gone through seldom: hashed, and sorted by inOrder when somebody looks.
    final Map<Long, RowChange> rows = new HashMap<>();
    final Map<Long, TransitionRow> transitions = new HashMap<>();
    final Map<Long, History> histories = new HashMap<>();
    final TreeMap<String, float[]> dense = new TreeMap<>();
    final TreeMap<String, float[]> own = new TreeMap<>();
    final TreeMap<String, byte[]> attributes = new TreeMap<>();

    HeapLane(StoreLayout layout) {
        this.layout = layout;
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
        HeapLane copy = new HeapLane(layout);
        copy.rows.putAll(rows);
        copy.transitions.putAll(transitions);
        copy.histories.putAll(histories);
        copy.dense.putAll(dense);
        copy.own.putAll(own);
        copy.attributes.putAll(attributes);
        return copy;
    }

    void apply(LaneChanges changes) {
        changes.rows().forEach(change -> rows.put(change.row().item(), change));
        changes.transitions().forEach(row -> transitions.put(row.item(), row));
        changes.removed().forEach(rows::remove);
        changes.removed().forEach(transitions::remove);
        for (HistoryAppend append : changes.histories()) {
            histories.compute(
                    append.user(), (user, before) -> HistoryLayout.append(before, append, layout.historyLength()));
        }
        changes.dense()
                .forEach(tensor -> dense.put(tensor.name(), tensor.values().clone()));
    }
}
