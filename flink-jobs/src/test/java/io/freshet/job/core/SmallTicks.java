package io.freshet.job.core;

import io.freshet.store.DenseTensor;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Ticks that write something to every lane. */
final class SmallTicks {
    static final StoreLayout LAYOUT = new StoreLayout(4, 16, 3, 5);

    private SmallTicks() {}

    /** Writes a tensor to every lane, and a row of every item below 64. */
    static TickChanges of(long tick) {
        List<LaneChanges> lanes = new ArrayList<>();
        for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
            lanes.add(LaneChanges.empty(lane));
            lanes.get(lane).dense().add(new DenseTensor("t", new float[] {tick, lane}));
        }
        for (long item = 0; item < 64; item++) {
            ItemRow row = new ItemRow(item, "i" + item, item, 1, 1, tick, new float[] {tick, item, 0});
            lanes.get(LAYOUT.laneOf(item)).rows().add(new RowChange(row, new OptimizerState(1, tick)));
        }
        return new TickChanges(tick, Map.of(0, tick), lanes);
    }

    /** An item of a lane. */
    static long itemOf(int lane) {
        for (long item = 0; item < 64; item++) {
            if (LAYOUT.laneOf(item) == lane) {
                return item;
            }
        }
        throw new IllegalArgumentException("no item below 64 is of lane " + lane);
    }
}
