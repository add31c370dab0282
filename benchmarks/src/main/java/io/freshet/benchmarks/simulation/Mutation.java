package io.freshet.benchmarks.simulation;

/** Planted bugs, each at a seam of the simulation: what it could not find would be worth nothing. */
public enum Mutation {
    /** The product as it is. */
    NONE,
    /** After a restart the source goes on one record behind where it should. */
    SOURCE_SKIPS_A_RECORD,
    /** After a restart the source reads one record again. */
    SOURCE_REPEATS_A_RECORD,
    /** On one channel the watermark overtakes the record before it. */
    WATERMARK_OVERTAKES,
    /** On one channel the barrier overtakes what is still in it, as unaligned ones do. */
    BARRIER_OVERTAKES,
    /** A checkpoint does not hold the events of ticks that are still open. */
    OPEN_EVENTS_FORGOTTEN,
    /** The partitions' clocks are not part of a checkpoint. */
    CLOCKS_FORGOTTEN,
    /** Events of a tick are learned in the order in which they arrived. */
    ARRIVAL_ORDER,
    /** A checkpoint is acknowledged before its files are uploaded. */
    ACKNOWLEDGED_BEFORE_UPLOADED,
    /** The snapshot of a completed checkpoint expires when the log's end left a newer one. */
    EXPIRED_BEHIND_THE_END,
    /** A follower applies what it has of a tick without waiting for the marker. */
    MARKER_NOT_AWAITED,
    /** A learner takes what the others gave last, without waiting for all of them. */
    EXCHANGE_DOES_NOT_WAIT
}
