package io.freshet.verification.faults.ledger;

import io.freshet.verification.faults.log.Deliveries.Delivery;
import io.freshet.verification.faults.log.LogLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a log may be cut into the ticks that were published. Every tick must end at or behind the one before it,
 * in every partition, and all records must be in one; no event may come before the tick that its timestamp says. In
 * punctual partitions events must have that very tick, wherever what the writer measured proves that it was still open.
 *
 * <p>The proof: a tick is closed for somebody who is late only when it was waited for him for {@code tick.idle-pause},
 * 400 ms, from when some clock had reached it. A broker that had a record within half of that had it in time. It is
 * asked for only where the log was steady in the two seconds before, since where everybody is silent a tick that holds
 * a record may be closed before its time.
 */
public final class CutCheck {
    private static final long IN_TIME_MILLIS = 200;
    private static final long PROMPT_MILLIS = 100;
    private static final int STEADY_TICKS = 8;

    /** A committed record whose partition's clock had been set. */
    private record Stamped(long offset, long tick, boolean event) {}

    /** When a tick was first reached by a clock, wall clock: sent, and known to be at the broker. */
    private static final class Reached {
        private long sent = Long.MAX_VALUE;
        private long acked = Long.MAX_VALUE;
    }

    private final LogLayout layout;
    private final long tickMillis;
    private final Map<Integer, Long> clocks = new HashMap<>();
    private final Map<Integer, List<Stamped>> stamped = new TreeMap<>();
    private final Map<Integer, Long> last = new TreeMap<>();
    private NavigableMap<Long, Map<Integer, Long>> frontiers = new TreeMap<>();

    public CutCheck(LogLayout layout, long tickMillis) {
        this.layout = layout;
        this.tickMillis = tickMillis;
    }

    /**
     * Takes the next committed record of a partition.
     *
     * @param moves whether it moves its partition's clock: an accepted event or a heartbeat
     */
    public void record(int partition, long offset, long timestamp, boolean moves, boolean event) {
        last.put(partition, offset);
        if (moves) {
            clocks.merge(partition, timestamp, Math::max);
        }
        Long clock = clocks.get(partition);
        if (clock != null) {
            stamped.computeIfAbsent(partition, key -> new ArrayList<>())
                    .add(new Stamped(offset, clock / tickMillis, event));
        }
    }

    /** Offset of the last committed record of every partition that has one. */
    public Map<Integer, Long> ends() {
        return new TreeMap<>(last);
    }

    /** Sets what was published: of every tick the highest offset of each partition up to its end. */
    void published(NavigableMap<Long, Map<Integer, Long>> ticks) {
        frontiers = ticks;
    }

    /** Ends of all ticks in one partition, by offset; of several that end at one, the first. */
    private TreeMap<Long, Long> cuts(int partition) {
        TreeMap<Long, Long> ends = new TreeMap<>();
        frontiers.forEach((tick, frontier) -> {
            Long end = frontier.get(partition);
            if (end != null) {
                ends.putIfAbsent(end, tick);
            }
        });
        return ends;
    }

    /** The published tick of every offset of a partition; -1 for one that is in none. */
    LongUnaryOperator ticksOf(int partition) {
        TreeMap<Long, Long> cuts = cuts(partition);
        return offset -> {
            Map.Entry<Long, Long> end = cuts.ceilingEntry(offset);
            return end == null ? -1 : end.getValue();
        };
    }

    /** @param deliveries what the writers measured */
    public CutReport report(List<Delivery> deliveries) {
        Map<Integer, Map<Long, Delivery>> places = new HashMap<>();
        deliveries.stream()
                .filter(one -> one.offset() >= 0)
                .forEach(one -> places.computeIfAbsent(one.partition(), key -> new HashMap<>())
                        .put(one.offset(), one));
        TreeMap<Long, Reached> reached = reached(places);
        long[] sums = new long[6];
        stamped.forEach((partition, records) -> {
            LongUnaryOperator ticks = ticksOf(partition);
            Map<Long, Delivery> delivered = places.getOrDefault(partition, Map.of());
            for (Stamped one : records) {
                long tick = ticks.applyAsLong(one.offset());
                sums[1] += tick < 0 ? 1 : 0;
                if (!one.event()) {
                    continue;
                }
                sums[0]++;
                sums[2] += tick >= 0 && tick < one.tick() && partition != layout.wandering() ? 1 : 0;
                if (layout.isPunctual(partition)) {
                    sums[3] += tick > one.tick() ? 1 : 0;
                    boolean provable = isProvable(one.tick(), delivered.get(one.offset()), reached);
                    sums[4] += provable ? 1 : 0;
                    sums[5] += provable && tick != one.tick() ? 1 : 0;
                }
            }
        });
        return new CutReport(sums[0], sums[1], backwards(), sums[2], sums[3], sums[4], sums[5]);
    }

    private long backwards() {
        long found = 0;
        Map<Integer, Long> before = Map.of();
        for (Map<Integer, Long> frontier : frontiers.values()) {
            for (Map.Entry<Integer, Long> end : before.entrySet()) {
                found += frontier.getOrDefault(end.getKey(), -1L) < end.getValue() ? 1 : 0;
            }
            before = frontier;
        }
        return found;
    }

    /** When ticks were first reached by the clock of a partition that does not wander. */
    private TreeMap<Long, Reached> reached(Map<Integer, Map<Long, Delivery>> places) {
        TreeMap<Long, Reached> all = new TreeMap<>();
        stamped.forEach((partition, records) -> {
            Map<Long, Delivery> delivered = places.getOrDefault(partition, Map.of());
            for (Stamped one : records) {
                Delivery delivery = delivered.get(one.offset());
                if (delivery != null && partition != layout.wandering()) {
                    Reached first = all.computeIfAbsent(one.tick(), key -> new Reached());
                    first.sent = Math.min(first.sent, delivery.sentMillis());
                    first.acked = Math.min(first.acked, delivery.ackedMillis());
                }
            }
        });
        long sent = Long.MAX_VALUE;
        // Who is at a later tick has reached this one, too.
        for (Reached one : all.descendingMap().values()) {
            sent = Math.min(sent, one.sent);
            one.sent = sent;
        }
        return all;
    }

    private static boolean isProvable(long tick, @Nullable Delivery delivery, TreeMap<Long, Reached> reached) {
        Reached own = reached.get(tick);
        if (delivery == null || own == null || delivery.ackedMillis() > own.sent + IN_TIME_MILLIS) {
            return false;
        }
        Reached after = own;
        for (long before = tick - 1; before > tick - STEADY_TICKS; before--) {
            Reached one = reached.get(before);
            if (one == null || after.sent - one.sent > IN_TIME_MILLIS * 3 / 2 || one.acked > one.sent + PROMPT_MILLIS) {
                return false;
            }
            after = one;
        }
        return own.acked <= own.sent + PROMPT_MILLIS;
    }
}
