package io.freshet.job;

import io.freshet.job.config.JobConfig;
import io.freshet.job.core.PermanentFailure;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.TickChanges;
import java.util.ServiceLoader;

/**
 * Something that lives in the learner's JVM and reads its state: the embedded scorer. Found by {@link
 * ServiceLoader}; one per learner. All methods are called on the learner's thread.
 */
public interface LearnerExtension {
    /**
     * A learner is about to start.
     *
     * @param store its state; other threads may read it through views
     * @param incarnation number of this start
     * @throws PermanentFailure if another start would fail as well
     */
    void opened(JobConfig config, EmbeddingStore store, long incarnation);

    /** A tick was applied. Must not take long: the learner waits. */
    void ticked(TickChanges changes);

    /** The learner ends, or {@link #opened} failed; its state is closed right after. */
    void closed();
}
