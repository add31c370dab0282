package io.freshet.job.records;

import org.jspecify.annotations.Nullable;

/**
 * What the source gives, in order: a record with its tick, a watermark, or a record that is no event. Exactly one of
 * the three is set. A Flink POJO, so its fields are public and not final.
 */
public final class LogElement {
    /** No watermark. */
    public static final long NONE = Long.MIN_VALUE;

    /** An event, or a record that only says how far the log was read. */
    public @Nullable TickedEvent event;
    /** Last millisecond, on the log's clock, of a tick that is closed. */
    public long watermark = NONE;
    /** A record that is no event. */
    public @Nullable RejectedRecord rejected;

    /** A record with its tick. */
    public static LogElement of(TickedEvent event) {
        LogElement element = new LogElement();
        element.event = event;
        return element;
    }

    /** The end of a tick. */
    public static LogElement watermark(long timestamp) {
        LogElement element = new LogElement();
        element.watermark = timestamp;
        return element;
    }

    /** A record for the dead letters. */
    public static LogElement of(RejectedRecord rejected) {
        LogElement element = new LogElement();
        element.rejected = rejected;
        return element;
    }
}
