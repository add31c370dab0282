package io.freshet.job;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The log's clock: every record's tick is a function of its partition's prefix. A partition's clock is the running
 * maximum of its record timestamps; a record's tick is {@code floor(max(timestamp, clock) / tick length)}, or the first
 * tick still open if its partition was idle while the others went on.
 *
 * <p>A heartbeat moves its partition's clock and belongs to the tick that it ends. A tick is closed when every
 * partition
 * that is not idle has moved past it; when all are idle, the last tick that holds more than heartbeats is closed too.
 */
final class TickClock {
    private final long tickMillis;
    private final Map<Integer, Long> clocks = new TreeMap<>();
    private final Set<Integer> idle = new TreeSet<>();
    private long closed = Long.MIN_VALUE;
    private long lastRecordTick = Long.MIN_VALUE;

    /** @param partitions all partitions of the log, those without a record too */
    TickClock(long tickMillis, Collection<Integer> partitions) {
        this.tickMillis = tickMillis;
        partitions.forEach(partition -> clocks.put(partition, Long.MIN_VALUE));
    }

    /** Tick of a partition's next record. */
    long assign(int partition, long timestamp) {
        idle.remove(partition);
        long clock = Math.max(Math.max(timestamp, 0), clocks.getOrDefault(partition, Long.MIN_VALUE));
        clocks.put(partition, clock);
        long tick = Math.max(clock / tickMillis, closed == Long.MIN_VALUE ? 0 : closed + 1);
        lastRecordTick = Math.max(lastRecordTick, tick);
        return tick;
    }

    /** Moves a partition's clock; gives the tick that the heartbeat belongs to. */
    long heartbeat(int partition, long timestamp) {
        idle.remove(partition);
        long before = clocks.getOrDefault(partition, Long.MIN_VALUE);
        long time = Math.max(Math.max(timestamp, 0), before);
        clocks.put(partition, time);
        long tick = time > before ? Math.max(0, time - 1) / tickMillis : before / tickMillis;
        return Math.max(tick, closed == Long.MIN_VALUE ? 0 : closed + 1);
    }

    /** Says that a partition has no more records for now. */
    void idle(int partition) {
        idle.add(partition);
    }

    Set<Integer> awake() {
        Set<Integer> awake = new TreeSet<>(clocks.keySet());
        awake.removeAll(idle);
        return awake;
    }

    /** Moves on as far as the partitions allow; gives the last closed tick, or -1 before the first. */
    long advance() {
        long low = Long.MAX_VALUE;
        for (Map.Entry<Integer, Long> entry : clocks.entrySet()) {
            if (!idle.contains(entry.getKey())) {
                low = Math.min(low, entry.getValue());
            }
        }
        if (low == Long.MAX_VALUE) {
            closed = Math.max(closed, lastRecordTick);
        } else if (low != Long.MAX_VALUE && low != Long.MIN_VALUE) {
            closed = Math.max(closed, low / tickMillis - 1);
        }
        return Math.max(closed, -1);
    }

    Map<Integer, Long> clocks() {
        return clocks;
    }

    long closed() {
        return closed;
    }

    /** Last tick that holds more than heartbeats. */
    long lastRecordTick() {
        return lastRecordTick;
    }

    /**
     * Begins with the records behind a state's frontier, as of its last tick. Ticks rise with the offsets of a
     * partition, so those records belong to later ticks, and clocks that stand at the end of that tick give each the
     * tick that the clocks of all records before it would give: a later timestamp moves both alike, and an earlier one
     * belongs to the first tick still open in either case.
     *
     * @param tick last tick of the state; -1 for the beginning of the log
     */
    void beginAfter(long tick) {
        if (tick >= 0) {
            clocks.replaceAll((partition, time) -> (tick + 1) * tickMillis);
            closed = tick;
            lastRecordTick = tick;
        }
    }

    void restore(Map<Integer, Long> savedClocks, long savedClosed, long savedLastRecordTick) {
        lastRecordTick = savedLastRecordTick;
        clocks.putAll(savedClocks);
        closed = savedClosed;
    }
}
