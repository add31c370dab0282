package io.freshet.job.core;

import io.freshet.store.StoreLayout;
import io.freshet.store.snapshot.Retention;
import io.freshet.train.LearnerConfig;
import java.util.Map;
import java.util.Set;

/**
 * How a learner is set up.
 *
 * @param subtask its number; 0 leads
 * @param layout shape of the store
 * @param tickMillis length of a tick, ms of log time
 * @param learner how the model learns
 * @param identity what the state is made from
 * @param properties what readers of a snapshot need, besides
 * @param retention which snapshots are kept
 * @param accept what a start accepts
 */
public record LearnerSetup(
        int subtask,
        StoreLayout layout,
        long tickMillis,
        LearnerConfig learner,
        StateIdentity identity,
        Map<String, String> properties,
        Retention retention,
        Set<Accepted> accept) {
    /** Whether it publishes, commits snapshots and reports. */
    public boolean leads() {
        return subtask == 0;
    }
}
