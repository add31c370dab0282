package io.freshet.store;

import java.util.List;

/**
 * What one tick did to one lane. Lists are in canonical order: rows and removals by ordinal, histories by the first
 * event in log order, tensors by name.
 *
 * @param lane lane
 * @param rows rows written, with their slots
 * @param removed hashed ids of rows taken out (expired or evicted)
 * @param histories interactions appended
 * @param dense serving weights published with this tick (lane 0 only, and not with every tick)
 */
public record LaneChanges(
        int lane, List<RowChange> rows, List<Long> removed, List<HistoryAppend> histories, List<DenseTensor> dense) {}
