package io.freshet.job.records;

import org.jspecify.annotations.Nullable;

/** A record as the log has it; a Flink POJO, so its fields are public and not final. */
public final class RawRecord {
    /** Partition of the log. */
    public int partition;
    /** Offset in the partition. */
    public long offset;
    /** The record's timestamp, ms: the log's clock. */
    public long timestamp;
    /** Whether it carries nothing but its timestamp. */
    public boolean heartbeat;
    /** Key, or null. */
    public byte @Nullable [] key;
    /** Value, or null. */
    public byte @Nullable [] value;
}
