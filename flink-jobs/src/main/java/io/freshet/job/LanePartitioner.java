package io.freshet.job;

import io.freshet.store.KeyGroups;
import io.freshet.train.exchange.Exchange;
import org.apache.flink.api.common.functions.Partitioner;

/** Sends a user's events to the learner that computes his lane. */
public final class LanePartitioner implements Partitioner<Long> {
    private static final long serialVersionUID = 1;

    private final KeyGroups keyGroups;

    /** @param keyGroups of the store */
    public LanePartitioner(KeyGroups keyGroups) {
        this.keyGroups = keyGroups;
    }

    @Override
    public int partition(Long user, int learners) {
        return Exchange.ownerOf(keyGroups.laneOf(user), keyGroups.lanes(), learners);
    }
}
