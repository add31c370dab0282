package io.freshet.store;

import java.util.Comparator;
import java.util.TreeMap;

/** One lane of a store on the heap. */
final class HeapLane {
    private final StoreLayout layout;
    final TreeMap<Long, RowChange> rows;
    final TreeMap<Long, TransitionRow> transitions;
    final TreeMap<Long, History> histories;
    final TreeMap<String, float[]> dense = new TreeMap<>();
    final TreeMap<String, float[]> own = new TreeMap<>();
    final TreeMap<String, byte[]> attributes = new TreeMap<>();

    HeapLane(StoreLayout layout) {
        this.layout = layout;
        Comparator<Long> keyOrder =
                Comparator.<Long>comparingInt(layout::keyGroupOf).thenComparing(Long::compareUnsigned);
        rows = new TreeMap<>(keyOrder);
        transitions = new TreeMap<>(keyOrder);
        histories = new TreeMap<>(keyOrder);
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
            histories.merge(
                    append.user(),
                    HistoryLayout.append(null, append, layout.historyLength()),
                    (before, ignored) -> HistoryLayout.append(before, append, layout.historyLength()));
        }
        changes.dense()
                .forEach(tensor -> dense.put(tensor.name(), tensor.values().clone()));
    }
}
