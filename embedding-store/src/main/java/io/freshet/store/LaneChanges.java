package io.freshet.store;

import java.util.ArrayList;
import java.util.List;

/**
 * What one tick did to one lane. Lists are in canonical order: rows, co-occurrences and removals by ordinal, histories
 * by the first event in log order, tensors by name.
 *
 * @param lane lane
 * @param rows rows written, with their optimizer states
 * @param coOccurrences co-occurrence rows written; they stand in this lane whatever the lane of their item
 * @param removed hashed ids of items (expired or evicted) whose row and whose co-occurrence row are taken out of this
 *     lane, where it has them
 * @param histories interactions appended
 * @param dense serving weights published with this tick (lane 0 only, and not with every tick)
 */
public record LaneChanges(
        int lane,
        List<RowChange> rows,
        List<CoOccurrenceRow> coOccurrences,
        List<Long> removed,
        List<HistoryAppend> histories,
        List<DenseTensor> dense) {
    /** A lane to which nothing was done yet; its lists can be added to. */
    public static LaneChanges empty(int lane) {
        return new LaneChanges(
                lane, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
}
