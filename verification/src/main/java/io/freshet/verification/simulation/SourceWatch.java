package io.freshet.verification.simulation;

import io.freshet.job.clock.ClockConfig;
import io.freshet.job.clock.ClockCounts;
import io.freshet.job.clock.EndOffsets;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.verification.simulation.log.ClockRule;
import io.freshet.verification.simulation.log.LogScript;
import io.freshet.verification.simulation.log.LogScript.Slot;
import io.freshet.verification.simulation.schedule.Violation;
import io.freshet.verification.simulation.schedule.Violation.Invariant;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Watches what the source makes of the log, with clocks of its own: no record gets a tick before its clock's, open
 * records stay bounded, and nobody holds a tick for long who has nothing to say.
 */
final class SourceWatch {
    private final World world;
    private final ClockConfig config;
    private final LogScript script;
    private final int epoch;
    /** Looks after which everybody who has been read to its end is no longer waited for. */
    private final long patience;

    /** What is known of a partition. */
    private static final class Partition {
        private final ClockRule clock;
        private long position;

        Partition(ClockRule clock) {
            this.clock = clock;
        }
    }

    private final Map<Integer, Partition> partitions = new TreeMap<>();
    /** Open ticks with more than heartbeats. */
    private final TreeMap<Long, Integer> open = new TreeMap<>();

    /** Records given since the start, of open ticks, heartbeats too. */
    private final TreeMap<Long, Integer> given = new TreeMap<>();

    /** Records of open ticks that the learners had already when partitions were opened. */
    private int heldBefore;

    private long closed = -1;
    private long held = -1;
    private long heldProbes;

    SourceWatch(World world, ClockConfig config, long interval) {
        this.world = world;
        this.config = config;
        script = world.log().script();
        epoch = world.log().epoch();
        patience = 2 * config.idlePauseMillis() / interval + 5;
    }

    private Slot slot(int partition, long offset) {
        return script.parts().get(partition).slots().get((int) offset);
    }

    /** A partition is read from a position on. */
    void opened(int partition, long position) {
        partitions.put(
                partition,
                new Partition(
                        new ClockRule(LogScript.TICK_MILLIS, script.clock().maxStepMillis(), Integer.MAX_VALUE)));
        advance(partition, position);
    }

    /** Partitions were opened. */
    void opened(ClockCounts counts) {
        heldBefore = Math.max(heldBefore, counts.openRecords());
    }

    /** Gives the tick of the last record before a position, if that was not passed before; else -1. */
    private long advance(int partition, long position) {
        Partition one = Objects.requireNonNull(partitions.get(partition));
        long tick = -1;
        while (one.position < position) {
            long offset = one.position++;
            RawRecord record = slot(partition, offset).record();
            tick = -1;
            if (record != null && !world.isGone(epoch, partition, offset)) {
                tick = one.clock.take(record.timestamp, slot(partition, offset).moves(), record.heartbeat);
            }
        }
        return tick;
    }

    /**
     * A record got its tick.
     *
     * @param fullTicks ticks that were filled so far: from the first on clocks are further than time says
     */
    void assigned(TickedEvent event, long fullTicks) {
        if (event.isNote()) {
            return;
        }
        Slot slot = slot(event.partition, event.offset);
        RawRecord record = slot.record();
        if (record == null || slot.event() == null == event.event) {
            throw new Violation(
                    Invariant.LEGAL_CUT,
                    "partition " + event.partition + " offset " + event.offset + " came as "
                            + (event.event ? "an event" : "none") + ", which it is not");
        }
        if (event.tick <= closed) {
            throw new Violation(
                    Invariant.LEGAL_CUT,
                    "partition " + event.partition + " offset " + event.offset + " got tick " + event.tick
                            + ", and tick " + closed + " is closed");
        }
        long least = advance(event.partition, event.offset + 1);
        world.invariants().count();
        if (fullTicks == 0 && event.tick < least) {
            throw new Violation(
                    Invariant.LEGAL_CUT,
                    "partition " + event.partition + " offset " + event.offset + " got tick " + event.tick
                            + ", and its partition's clock is in tick " + least);
        }
        given.merge(event.tick, 1, Integer::sum);
        if (!record.heartbeat) {
            open.merge(event.tick, 1, Integer::sum);
        }
    }

    void closed(long timestamp) {
        closed = (timestamp + 1) / LogScript.TICK_MILLIS - 1;
        open.headMap(closed, true).clear();
        given.headMap(closed, true).clear();
    }

    /** Records were taken. */
    void taken(Map<Integer, Long> reached, ClockCounts counts) {
        reached.forEach((partition, position) -> advance(partition, position));
        // What came of a topic with more partitions may be more than may come of this one.
        long most = Math.max(config.maxOpenRecords(), heldBefore) + (long) Source.READ_AHEAD * partitions.size();
        // Whoever still is in the first open tick is waited for, and may fill it.
        int first = given.isEmpty() ? 0 : given.firstEntry().getValue();
        int ahead = counts.openRecords() - Math.min(first, partitions.size() * config.maxTickRecords());
        world.invariants().count();
        if (ahead > most) {
            throw new Violation(
                    Invariant.BOUNDED, ahead + " records of ticks behind the first open one are held, at most " + most);
        }
        if (!due()) {
            held = -1;
        }
    }

    /** Whether some partition's clock has passed the first open tick. */
    private boolean due() {
        long tick = open.isEmpty() ? -1 : open.firstKey();
        return tick >= 0 && partitions.values().stream().anyMatch(one -> one.clock.lastPassedTick() >= tick);
    }

    /** The ends of the log were seen. */
    void observed(EndOffsets seen, ClockCounts counts) {
        if (script.strict() || epoch != world.log().epoch()) {
            return;
        }
        long tick = open.isEmpty() ? -1 : open.firstKey();
        // What was published is waited for with the partitions that it holds, found or not.
        boolean over = tick >= 0
                && partitions.keySet().containsAll(world.log().describe().partitions())
                && partitions.entrySet().stream()
                        .allMatch(one -> one.getValue().clock.lastPassedTick() >= tick
                                || one.getValue().position >= seen.ends().getOrDefault(one.getKey(), 0L));
        heldProbes = over && tick == held ? heldProbes + 1 : 0;
        held = over ? tick : -1;
        world.invariants().count();
        if (heldProbes > patience) {
            throw new Violation(
                    Invariant.PROGRESS,
                    "tick " + tick + " is open for " + heldProbes
                            + " probes, and all that hold it are read to their ends " + seen.ends() + "; " + counts);
        }
    }
}
