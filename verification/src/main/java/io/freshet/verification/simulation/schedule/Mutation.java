package io.freshet.verification.simulation.schedule;

/** Planted bugs, each at a port of the cores: what the simulation could not find would be worth nothing. */
public enum Mutation {
    /** The product as it is. */
    NONE,
    /** After a restart the source goes on one record behind where it should. */
    SOURCE_SKIPS_A_RECORD,
    /** After a restart the source reads one record again. */
    SOURCE_REPEATS_A_RECORD,
    /** The source is not told of positions behind control records. */
    POSITION_NOT_REPORTED,
    /** The partitions' clocks are not part of a checkpoint. */
    CLOCKS_FORGOTTEN,
    /** A clock follows a timestamp far ahead at once. */
    OUTLIER_FOLLOWED,
    /** A start does not read what the feed has published of ticks. */
    LEDGER_SKIPPED,
    /** Partitions that run ahead are read on. */
    NOBODY_IS_PAUSED,
    /** Records that are gone are passed over without a word. */
    GAP_IGNORED,
    /** On one channel the watermark overtakes the record before it. */
    WATERMARK_OVERTAKES,
    /** On one channel the barrier overtakes the record before it, as unaligned ones do. */
    BARRIER_OVERTAKES,
    /** A checkpoint does not hold the events of ticks that are still open. */
    OPEN_EVENTS_FORGOTTEN,
    /** A learner takes what the others gave last, without waiting for all of them. */
    AGREEMENT_SKIPPED,
    /** A checkpoint is acknowledged before its files are uploaded. */
    ACKNOWLEDGED_BEFORE_UPLOADED,
    /** Snapshots expire up to the newest one, whoever needs them. */
    EXPIRES_TOO_MUCH,
    /** A tick's marker is sent before its last part. */
    FEED_REORDERED,
    /** A follower goes on when the engine failed to take a tick. */
    FAILED_ADVANCE_SKIPPED,
    /** A follower takes frames of other repositories as its own. */
    FOREIGN_FRAMES_ACCEPTED,
    /** Once, a cut's digest of a lane's content is another one than what was published. */
    CUT_DIGEST_WRONG,
    /** Once, a follower's step throws what nobody expects. */
    FOLLOWER_STEP_THROWS,
    /** A follower takes brokers that do not answer for ones that have nothing new. */
    SILENT_BROKERS_TRUSTED
}
