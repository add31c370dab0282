package io.freshet.store;

import java.util.List;
import java.util.Map;

/**
 * What one tick did to the whole state: the unit that is applied atomically, published and verified.
 *
 * @param tick number of the tick on the log's clock
 * @param frontier highest log offset learned per partition as of this tick
 * @param lanes one entry per lane, in lane order
 */
public record TickChanges(long tick, Map<Integer, Long> frontier, List<LaneChanges> lanes) {}
