package io.freshet.job;

import io.freshet.job.config.JobConfig;
import io.freshet.store.StoreLayout;
import io.freshet.train.exchange.Exchange;
import org.apache.flink.api.common.functions.Partitioner;

/** Sends a user's events to the learner that computes his lane. */
public final class LanePartitioner implements Partitioner<Long> {
    private static final long serialVersionUID = 1;

    private final int lanes;

    /** @param lanes lanes of the store */
    public LanePartitioner(int lanes) {
        this.lanes = lanes;
    }

    @Override
    public int partition(Long user, int learners) {
        StoreLayout layout = new StoreLayout(lanes, JobConfig.KEY_GROUPS, 1, 1);
        return Exchange.ownerOf(layout.laneOf(user), lanes, learners);
    }
}
