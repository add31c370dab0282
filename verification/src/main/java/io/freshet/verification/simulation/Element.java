package io.freshet.verification.simulation;

import io.freshet.job.records.TickedEvent;

/** What travels through a channel from the source to a learner, first in, first out. */
sealed interface Element {
    /** An event, or a record that was passed. */
    record Event(TickedEvent event) implements Element {}

    /** All ticks that end by then are closed. */
    record Watermark(long timestamp) implements Element {}

    /** The cut of a checkpoint. */
    record Barrier(long checkpoint) implements Element {}

    /** The log has ended. */
    record End() implements Element {}
}
