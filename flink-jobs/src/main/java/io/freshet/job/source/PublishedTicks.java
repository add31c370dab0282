package io.freshet.job.source;

import io.freshet.job.clock.TickLedger;

/** What the change feed has published. */
@FunctionalInterface
public interface PublishedTicks {
    /**
     * Reads the feed from an offset on, to its end now.
     *
     * @param from first offset; its beginning if that is gone or negative
     * @param topicId id of the topic whose ticks are read: those that a late frame brings of one that was made again
     *     are none of it; empty for the ticks of all
     */
    TickLedger read(long from, String topicId);
}
