package io.freshet.job.core;

import io.freshet.store.AppliedTick;
import java.util.Map;

/** The change feed as the learner that leads sees it: what it publishes goes out in order, at least once. */
public interface LearnerFeed extends AutoCloseable {
    /**
     * Sends a tick of all lanes; returns before it is safe.
     *
     * @param frontier highest offset up to the tick's end, of every partition
     * @throws IllegalStateException if an earlier one could not be sent
     */
    void publish(long tick, AppliedTick applied, Map<Integer, Long> frontier);

    /** Waits until everything sent is safe; gives the offsets behind it, by partition of the feed. */
    Map<Integer, Long> flush();

    @Override
    void close();
}
