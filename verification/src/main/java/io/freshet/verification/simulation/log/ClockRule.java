package io.freshet.verification.simulation.log;

import java.util.ArrayList;
import java.util.List;

/**
 * A partition's clock as its definition has it, written apart from the product's: slow, and a function of the whole
 * prefix.
 */
public final class ClockRule {
    private static final int CONFIRMATIONS = 8;

    private final long tickMillis;
    private final long maxStep;
    private final int maxTickRecords;
    private final List<Long> stamps = new ArrayList<>();
    private long time = -1;
    private long shift;
    private long lastTick = -1;
    private int inTick;

    public ClockRule(long tickMillis, long maxStep, int maxTickRecords) {
        this.tickMillis = tickMillis;
        this.maxStep = maxStep;
        this.maxTickRecords = maxTickRecords;
    }

    /** The clock, ms; -1 before the first timestamp. */
    long time() {
        return time;
    }

    /** Last tick that lies behind the clock; -1 if none does. */
    public long lastPassedTick() {
        return time < 0 ? -1 : time / tickMillis - 1;
    }

    /**
     * Takes the next record.
     *
     * @param moves whether it is an event that was accepted, or a heartbeat
     * @return its tick where only clocks close ticks
     */
    public long take(long timestamp, boolean moves, boolean heartbeat) {
        long before = time;
        if (moves) {
            move(timestamp);
        }
        if (time < 0) {
            long least = Math.max(0, lastTick);
            if (least == lastTick && inTick == maxTickRecords) {
                least++;
                time = least * tickMillis;
            }
            return count(least);
        }
        long at = heartbeat && time > before ? Math.max(0, time - 1) : time;
        long tick = Math.max(at / tickMillis, lastTick);
        if (tick == lastTick && inTick == maxTickRecords) {
            tick++;
            time = Math.max(time, tick * tickMillis);
        }
        return count(tick);
    }

    private long count(long tick) {
        inTick = tick == lastTick ? inTick + 1 : 1;
        lastTick = tick;
        return tick;
    }

    private void move(long timestamp) {
        stamps.add(timestamp);
        if (time < 0) {
            time = timestamp;
            return;
        }
        if (Math.abs(timestamp - time) <= maxStep) {
            shift = 0;
        }
        List<Long> last = stamps.subList(Math.max(0, stamps.size() - CONFIRMATIONS), stamps.size());
        long earliest = last.stream().mapToLong(Long::longValue).min().orElseThrow();
        long latest = last.stream().mapToLong(Long::longValue).max().orElseThrow();
        boolean confirmed = last.size() == CONFIRMATIONS;
        long now = timestamp + shift;
        if (now > time + maxStep) {
            if (confirmed && earliest + shift > time) {
                boolean caughtUp = earliest > time;
                time = caughtUp ? earliest : earliest + shift;
                shift = caughtUp ? 0 : shift;
            }
        } else if (now < time - maxStep) {
            if (confirmed && latest + shift < time - maxStep) {
                shift = time - timestamp;
            }
        } else {
            time = Math.max(time, now);
        }
    }
}
