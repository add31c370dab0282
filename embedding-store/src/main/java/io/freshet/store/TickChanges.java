package io.freshet.store;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one tick did to the whole state: the unit that is applied atomically, published and verified.
 *
 * @param tick number of the tick on the log's clock
 * @param frontier highest log offset learned per partition as of this tick
 * @param lanes one entry per lane, in lane order
 */
public record TickChanges(long tick, Map<Integer, Long> frontier, List<LaneChanges> lanes) {
    /** Refuses changes that do not have every lane of a layout once, in order, or rows of another width. */
    public void requireLanes(StoreLayout layout) {
        for (int lane = 0; lane < Math.max(layout.lanes(), lanes.size()); lane++) {
            if (lane >= lanes.size()
                    || lane >= layout.lanes()
                    || lanes.get(lane).lane() != lane) {
                throw new IllegalArgumentException("tick " + tick + " brings "
                        + lanes.stream().map(LaneChanges::lane).toList() + " where lanes 0 to " + (layout.lanes() - 1)
                        + " are expected in order");
            }
            Set<Long> users = new HashSet<>();
            for (HistoryAppend append : lanes.get(lane).histories()) {
                if (!users.add(append.user())) {
                    throw new IllegalArgumentException(
                            "tick " + tick + ": two appends to the history of " + append.subject() + "; expected one");
                }
            }
            for (RowChange change : lanes.get(lane).rows()) {
                if (change.row().embedding().length != layout.width()) {
                    throw new IllegalArgumentException(
                            "tick " + tick + ": item " + change.row().name() + " has a row of "
                                    + change.row().embedding().length + " floats, the store keeps " + layout.width());
                }
            }
        }
    }
}
