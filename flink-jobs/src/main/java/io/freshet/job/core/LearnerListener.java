package io.freshet.job.core;

import io.freshet.store.EmbeddingStore;
import io.freshet.store.TickChanges;

/** Something beside the learner that reads its state, as the scorer inside its process. Called on its thread. */
public interface LearnerListener {
    /** The learner is about to start with a store, which others may read through views. */
    void opened(EmbeddingStore store, long incarnation);

    /** A tick was applied. Must not take long: the learner waits. */
    void ticked(TickChanges changes);

    /** The learner ends, or {@link #opened} failed; its state is closed right after. */
    void closed();
}
