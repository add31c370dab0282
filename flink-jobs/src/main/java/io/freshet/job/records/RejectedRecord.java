package io.freshet.job.records;

import org.jspecify.annotations.Nullable;

/** A record on its way to the dead letters; a Flink POJO, so its fields are public and not final. */
public final class RejectedRecord {
    /** Partition of the log. */
    public int partition;
    /** Offset in the partition. */
    public long offset;
    /** The record's timestamp, ms. */
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
}
