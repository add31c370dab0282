package io.freshet.verification.simulation.log;

import io.freshet.job.clock.ClockConfig;
import io.freshet.job.records.RawRecord;
import io.freshet.schema.EntityIds;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.registry.SchemaRegistry;
import io.freshet.train.tick.LogEvent;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What producers write into a log, and the rules of its clock.
 *
 * @param parts partitions
 * @param clock rules
 * @param strict whether only clocks close ticks: no partition is silent, added or read to its end before the log's
 */
public record LogScript(List<Part> parts, ClockConfig clock, boolean strict) {
    public static final long TICK_MILLIS = 100;
    public static final EntityIds IDS = EntityIds.standard();

    /**
     * An offset of a partition.
     *
     * @param record what readers see; null: a control record, a record of an aborted transaction, or one that expired
     * @param event what it says, if it is an event
     * @param open offset of the transaction that is open behind it; -1 if none is
     * @param delay how long the producer waits before it writes this, ms
     */
    public record Slot(@Nullable RawRecord record, @Nullable LogEvent event, long open, int delay) {
        /** Whether it moves the clock. */
        public boolean moves() {
            return record != null && (record.heartbeat || event != null);
        }
    }

    /**
     * A partition.
     *
     * @param slots by offset
     * @param begin first offset that is there when the log is first read
     * @param addedAfter it is added when so many offsets of the others were written; 0: it is there
     */
    public record Part(List<Slot> slots, int begin, int addedAfter) {}

    public static EventDecoder decoder() {
        return new EventDecoder(SchemaRegistry.none());
    }

    ClockRule rule() {
        return new ClockRule(TICK_MILLIS, clock.maxStepMillis(), clock.maxTickRecords());
    }

    public int slots() {
        return parts.stream().mapToInt(part -> part.slots().size()).sum();
    }

    /**
     * The cut that the definition gives where only clocks cut: of every tick the highest offset of every partition up
     * to its end.
     *
     * @param whole whether what the clocks have not passed at the end is closed, too
     */
    public SortedMap<Long, Map<Integer, Long>> cut(boolean whole) {
        TreeMap<Long, Map<Integer, Long>> ticks = new TreeMap<>();
        long passed = Long.MAX_VALUE;
        for (int p = 0; p < parts.size(); p++) {
            ClockRule rule = rule();
            Part part = parts.get(p);
            for (int offset = part.begin(); offset < part.slots().size(); offset++) {
                Slot slot = part.slots().get(offset);
                RawRecord record = slot.record();
                if (record != null) {
                    long tick = rule.take(record.timestamp, slot.moves(), record.heartbeat);
                    ticks.computeIfAbsent(tick, key -> new TreeMap<>()).merge(p, (long) offset, Math::max);
                }
            }
            passed = Math.min(passed, rule.lastPassedTick());
        }
        TreeMap<Integer, Long> frontier = new TreeMap<>();
        for (Map.Entry<Long, Map<Integer, Long>> tick : ticks.entrySet()) {
            frontier.putAll(tick.getValue());
            tick.setValue(new TreeMap<>(frontier));
        }
        return whole ? ticks : ticks.headMap(passed, true);
    }
}
