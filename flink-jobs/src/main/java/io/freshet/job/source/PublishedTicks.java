package io.freshet.job.source;

import io.freshet.job.clock.TickLedger;

/** What the change feed has published. */
@FunctionalInterface
public interface PublishedTicks {
    /**
     * Reads the feed from an offset on, to its end now.
     *
     * @param from first offset; its beginning if that is gone or negative
     * @param topicId id of the topic whose ticks are read, and none that late frames bring of a former topic of its
     *     name; empty for the ticks of all
     */
    TickLedger read(long from, String topicId);
}
