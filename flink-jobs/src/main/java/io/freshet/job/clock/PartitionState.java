package io.freshet.job.clock;

import java.util.ArrayDeque;

/** What the tick sequence knows of one partition. The first five fields are a function of the partition's prefix. */
final class PartitionState {
    /** Records of one open tick. */
    private static final class Open {
        private final long tick;
        private int records;

        Open(long tick) {
            this.tick = tick;
        }
    }

    final int partition;
    final PartitionClock clock;
    /** First offset that was not read. */
    long next;
    /** Tick of the last record; -1 before the first. */
    long lastTick = -1;
    /** Records of the last tick. */
    int inLastTick;

    /** When its last record came, on the clock of looks, ms. */
    long arrivedAt = Long.MIN_VALUE;
    /** Latest look of which everything was read, ms. */
    private long caughtUpAsOf = Long.MIN_VALUE;
    /** End that the oldest look saw of which not everything was read yet; -1 if there is none. */
    private long lookEnd = -1;

    private long lookAskedAt;

    private final ArrayDeque<Open> open = new ArrayDeque<>();
    private int openRecords;

    PartitionState(int partition, ClockConfig config) {
        this.partition = partition;
        clock = new PartitionClock(config.maxStepMillis());
    }

    /** Last tick that lies wholly behind its clock; {@link Long#MIN_VALUE} before the first timestamp. */
    long passed(long tickMillis) {
        return clock.time() == PartitionClock.UNSET ? Long.MIN_VALUE : clock.time() / tickMillis - 1;
    }

    /** Everything before an offset was read. */
    void read(long offset) {
        next = Math.max(next, offset);
        if (lookEnd >= 0 && next >= lookEnd) {
            caughtUpAsOf = Math.max(caughtUpAsOf, lookAskedAt);
            lookEnd = -1;
        }
    }

    /** A look saw the partition's end; if that was not read yet, it may be later, whatever comes behind it. */
    void looked(long end, long askedAt) {
        if (next >= end) {
            caughtUpAsOf = Math.max(caughtUpAsOf, askedAt);
        } else if (lookEnd < 0) {
            lookEnd = end;
            lookAskedAt = askedAt;
        }
    }

    /** A record was given a tick. */
    void assigned(long tick) {
        inLastTick = tick == lastTick ? inLastTick + 1 : 1;
        lastTick = tick;
        if (open.isEmpty() || open.getLast().tick != tick) {
            open.addLast(new Open(tick));
        }
        open.getLast().records++;
        openRecords++;
    }

    /** Ticks up to this one are closed; gives how many of its records were in them. */
    int closed(long tick) {
        int before = openRecords;
        while (!open.isEmpty() && open.getFirst().tick <= tick) {
            openRecords -= open.removeFirst().records;
        }
        return before - openRecords;
    }

    int openRecords() {
        return openRecords;
    }

    /**
     * Latest moment such that ticks due by then are not held by this partition: it was read to its end, as of a look
     * that was asked for long enough after that moment.
     */
    long waitedFor(ClockConfig config) {
        if (caughtUpAsOf == Long.MIN_VALUE) {
            return Long.MIN_VALUE;
        }
        boolean silent = arrivedAt == Long.MIN_VALUE || arrivedAt <= caughtUpAsOf - config.idlePauseMillis();
        return caughtUpAsOf - (silent ? config.idlePauseMillis() : config.holdMillis());
    }
}
