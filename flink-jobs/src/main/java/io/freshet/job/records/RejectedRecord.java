package io.freshet.job.records;

import io.freshet.train.tick.RefusedEvent;
import org.jspecify.annotations.Nullable;

/** A record on its way to the dead letters; a Flink POJO, so its fields are public and not final. */
public final class RejectedRecord {
    /** No timestamp. */
    public static final long UNKNOWN = -1;

    /** Partition of the log. */
    public int partition;
    /** Offset in the partition. */
    public long offset;
    /** The record's timestamp, ms; {@link #UNKNOWN} of one that was an event when it was read. */
    public long timestamp;
    /** Original key, or null. */
    public byte @Nullable [] key;
    /** Original value, or null. */
    public byte @Nullable [] value;
    /** Class of failure: {@code invalid-id}. */
    public String reason = "";
    /** What was found and what to do. */
    public String error = "";

    /** A record that was refused, and why. */
    public static RejectedRecord of(RawRecord record, String reason, String error) {
        RejectedRecord rejected = new RejectedRecord();
        rejected.partition = record.partition;
        rejected.offset = record.offset;
        rejected.timestamp = record.timestamp;
        rejected.key = record.key;
        rejected.value = record.value;
        rejected.reason = reason;
        rejected.error = error;
        return rejected;
    }

    /** An event that the learner did not take in. Key and value are not known any more, but its place is. */
    public static RejectedRecord of(RefusedEvent refused) {
        RejectedRecord rejected = new RejectedRecord();
        rejected.partition = refused.partition();
        rejected.offset = refused.offset();
        rejected.timestamp = UNKNOWN;
        rejected.reason = refused.reason();
        rejected.error = refused.detail();
        return rejected;
    }
}
