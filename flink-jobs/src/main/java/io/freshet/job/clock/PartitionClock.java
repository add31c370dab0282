package io.freshet.job.clock;

import java.nio.ByteBuffer;

/**
 * One partition's clock: a function of the timestamps of its accepted events and heartbeats, in order of offsets, and
 * of nothing else. It never runs backwards.
 *
 * <pre>
 * a timestamp at most max-step from the clock      moves it to the later of both
 * one further ahead                                moves it to the earliest of the last eight, if that is later
 * eight in a row further behind                    time has begun again: from here on the clock goes on from where it
 *                                                  stands, by the differences of the timestamps
 * </pre>
 *
 * So a single wrong timestamp moves nothing, a gap in the traffic is crossed by the records behind it, and a replay
 * into the same topic goes on. A timestamp that the clock did not follow is counted.
 */
final class PartitionClock {
    /** Bytes of {@link #write}. */
    static final int BYTES = 8 * (5 + ClockConfig.CONFIRMATIONS) + 4;

    static final long UNSET = Long.MIN_VALUE;
    /** The year 9999, ms: later timestamps count as this one, so that sums of times do not overflow. */
    private static final long LATEST = 253_402_300_799_999L;

    private final long maxStep;
    private long time = UNSET;
    /** What is added to timestamps since time began again, ms. */
    private long shift;
    /** The last timestamps as they came, {@code [CONFIRMATIONS]}, ms; the newest is at {@code (seen - 1) % length}. */
    private final long[] last = new long[ClockConfig.CONFIRMATIONS];

    private int seen;
    private long notFollowed;
    private long jumps;
    private long restarts;

    PartitionClock(long maxStepMillis) {
        maxStep = maxStepMillis;
    }

    /** Now, ms of log time; {@link #UNSET} before the first timestamp. */
    long time() {
        return time;
    }

    /** Timestamps that the clock did not follow when they came. */
    long notFollowed() {
        return notFollowed;
    }

    /** Steps ahead of more than max-step. */
    long jumps() {
        return jumps;
    }

    /** Times that time began again. */
    long restarts() {
        return restarts;
    }

    /** Takes a timestamp; says whether the clock moved. */
    boolean take(long timestamp) {
        long stamp = Math.min(Math.max(timestamp, 0), LATEST);
        last[seen % last.length] = stamp;
        // Only its value modulo the ring, and whether the ring is full, matter.
        seen = seen + 1 < 2 * last.length ? seen + 1 : last.length;
        if (time == UNSET) {
            time = stamp;
            return true;
        }
        if (shift != 0 && Math.abs(stamp - time) <= maxStep) {
            shift = 0;
        }
        long step = stamp + shift - time;
        if (step > maxStep) {
            return ahead();
        }
        if (step < -maxStep) {
            behind(stamp);
            return false;
        }
        time = Math.max(time, time + step);
        return step > 0;
    }

    private boolean ahead() {
        long earliest = Long.MAX_VALUE;
        for (long stamp : last) {
            earliest = Math.min(earliest, stamp);
        }
        if (seen < last.length || earliest + shift <= time) {
            notFollowed++;
            return false;
        }
        jumps += earliest + shift - time > maxStep ? 1 : 0;
        if (earliest > time) {
            shift = 0;
        }
        time = earliest + shift;
        return true;
    }

    private void behind(long stamp) {
        notFollowed++;
        boolean all = seen >= last.length;
        for (long one : last) {
            all &= one + shift < time - maxStep;
        }
        if (all) {
            shift = time - stamp;
            restarts++;
        }
    }

    /** Goes on to a time, if it is not there yet: a tick of the partition is full. */
    void forward(long to) {
        time = Math.max(time, to);
    }

    void write(ByteBuffer out) {
        out.putLong(time).putLong(shift).putLong(notFollowed).putLong(jumps).putLong(restarts);
        out.putInt(seen);
        for (long stamp : last) {
            out.putLong(stamp);
        }
    }

    void read(ByteBuffer in) {
        time = in.getLong();
        shift = in.getLong();
        notFollowed = in.getLong();
        jumps = in.getLong();
        restarts = in.getLong();
        seen = in.getInt();
        for (int i = 0; i < last.length; i++) {
            last[i] = in.getLong();
        }
    }
}
