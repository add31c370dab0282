package io.freshet.job.clock;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the tick sequence knows of one partition. The first five fields are a function of the partition's prefix. */
final class PartitionState {
    /** Records of one open tick; offsets below 0 where none of them is of this log. */
    private static final class Open {
        private final long tick;
        private int records;
        private long first = -1;
        private long last = -1;

        Open(long tick) {
            this.tick = tick;
        }
    }

    /** Takes open ticks. */
    interface OpenVisitor {
        /**
         * An open tick.
         *
         * @param first offset of its first record; below 0 if none is of this log
         * @param last offset of its last record
         */
        void open(long tick, int records, long first, long last);
    }

    final int partition;
    final PartitionClock clock;
    /** First offset that was not read. */
    long next;
    /** Tick of the last record; -1 before the first. */
    long lastTick = -1;
    /** Records of the last tick. */
    int inLastTick;

    /** When its last record came, on the clock of probes, ms. */
    long arrivedAt = Long.MIN_VALUE;
    /** When the latest probe was sent whose end was reached, ms. */
    private long caughtUpAsOf = Long.MIN_VALUE;
    /** End that the oldest probe saw which is not reached yet; -1 if there is none. */
    private long awaitedEnd = -1;

    /** When that probe was sent, ms. */
    private long awaitedEndAskedAt;

    /** By tick: behind a topic made again, ticks of records begin below those that are open. */
    private final TreeMap<Long, Open> open = new TreeMap<>();
    /** Of the record before; null if that tick is closed. */
    private @Nullable Open latest;

    private int openRecords;

    PartitionState(int partition, ClockConfig config) {
        this.partition = partition;
        clock = new PartitionClock(config.maxStepMillis());
    }

    /** Last tick that lies wholly behind its clock; {@link Long#MIN_VALUE} before the first timestamp. */
    long lastPassedTick(long tickMillis) {
        return clock.time() == PartitionClock.UNSET ? Long.MIN_VALUE : clock.time() / tickMillis - 1;
    }

    /** Everything before an offset was read. */
    void read(long offset) {
        next = Math.max(next, offset);
        if (awaitedEnd >= 0 && next >= awaitedEnd) {
            caughtUpAsOf = Math.max(caughtUpAsOf, awaitedEndAskedAt);
            awaitedEnd = -1;
        }
    }

    /** A probe saw the partition's end; if that is not reached yet, it may be later, whatever comes behind it. */
    void observeEnd(long end, long askedAt) {
        if (next >= end) {
            caughtUpAsOf = Math.max(caughtUpAsOf, askedAt);
        } else if (awaitedEnd < 0) {
            awaitedEnd = end;
            awaitedEndAskedAt = askedAt;
        }
    }

    /** A record was given a tick. */
    void assigned(long tick, long offset) {
        inLastTick = tick == lastTick ? inLastTick + 1 : 1;
        lastTick = tick;
        holds(tick, 1, offset, offset);
    }

    /** Records of an open tick are held that were not counted yet, from offset {@code first} to {@code last}. */
    void holds(long tick, int records, long first, long last) {
        Open to = latest;
        if (to == null || to.tick != tick) {
            to = open.computeIfAbsent(tick, Open::new);
            latest = to;
        }
        to.records += records;
        to.first = to.first < 0 ? first : to.first;
        to.last = Math.max(to.last, last);
        openRecords += records;
    }

    /** Visits open ticks, in order. */
    void visitOpen(OpenVisitor visitor) {
        open.values().forEach(one -> visitor.open(one.tick, one.records, one.first, one.last));
    }

    /**
     * Whether what is open here could have been published so: records of the tick and of those before it lie within
     * its offsets, records of later ones behind them, and it has left out no tick that is open.
     *
     * @param previous tick published before it; {@link TickLedger#UNKNOWN} if that is not known
     * @param frontier highest offset up to the tick's end
     */
    boolean fits(long tick, long previous, long frontier) {
        for (Open one : open.values()) {
            boolean leftOut = previous != TickLedger.UNKNOWN && one.tick > previous && one.tick < tick;
            if (leftOut || one.last >= 0 && (one.tick <= tick ? one.last > frontier : one.first <= frontier)) {
                return false;
            }
        }
        return true;
    }

    /** Number of open ticks that have records. */
    int openTicks() {
        return open.size();
    }

    /** Ticks up to this one are closed; gives how many of its records were in them. */
    int closed(long tick) {
        int before = openRecords;
        while (!open.isEmpty() && open.firstKey() <= tick) {
            openRecords -= open.pollFirstEntry().getValue().records;
        }
        if (latest != null && latest.tick <= tick) {
            latest = null;
        }
        return before - openRecords;
    }

    int openRecords() {
        return openRecords;
    }

    /**
     * Latest moment such that ticks due by then are not held by this partition: it was read to its end, as of a probe
     * that was sent long enough after that moment.
     */
    long waitedFor(ClockConfig config) {
        if (caughtUpAsOf == Long.MIN_VALUE) {
            return Long.MIN_VALUE;
        }
        boolean silent = arrivedAt == Long.MIN_VALUE || arrivedAt <= caughtUpAsOf - config.idlePauseMillis();
        return caughtUpAsOf - (silent ? config.idlePauseMillis() : config.holdMillis());
    }
}
