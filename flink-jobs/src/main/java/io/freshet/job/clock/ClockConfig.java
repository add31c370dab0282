package io.freshet.job.clock;

import java.io.Serializable;

/**
 * Rules of the log's clock.
 *
 * @param tickMillis length of a tick, ms of log time
 * @param maxStepMillis a timestamp further ahead of its partition's clock, or further behind, moves the clock only when
 *     the records around it say the same
 * @param maxTickRecords most records of one partition in a tick; one more begins the next
 * @param maxOpenRecords records of open ticks from which on partitions that run ahead are paused
 * @param idlePauseMillis how long a partition that says nothing and has been read to its end is waited for, ms
 */
public record ClockConfig(
        long tickMillis, long maxStepMillis, int maxTickRecords, int maxOpenRecords, long idlePauseMillis)
        implements Serializable {
    /** Timestamps that a step needs beyond {@link #maxStepMillis}, the record's own included. */
    static final int CONFIRMATIONS = 8;

    /** Checkpoints hold open records, and a count of each open tick of each partition. */
    private static final int MOST_OPEN_RECORDS = 1_000_000;

    public ClockConfig {
        check(tickMillis > 0, "tick.length", tickMillis, "a positive time");
        check(maxStepMillis >= tickMillis, "clock.max-step", maxStepMillis, "at least the length of a tick, in ms");
        check(maxTickRecords >= CONFIRMATIONS, "tick.max-records", maxTickRecords, "at least " + CONFIRMATIONS);
        check(
                maxOpenRecords >= maxTickRecords && maxOpenRecords <= MOST_OPEN_RECORDS,
                "tick.max-open-records",
                maxOpenRecords,
                "at least tick.max-records, " + maxTickRecords + ", and at most " + MOST_OPEN_RECORDS);
        check(idlePauseMillis > 0, "tick.idle-pause", idlePauseMillis, "a positive time");
    }

    /** How long a partition that speaks, but whose clock is behind, is waited for once it is read to its end, ms. */
    long holdMillis() {
        return 2 * idlePauseMillis;
    }

    private static void check(boolean valid, String key, long value, String expected) {
        if (!valid) {
            throw new IllegalArgumentException("freshet." + key + " = " + value + ": expected " + expected);
        }
    }
}
