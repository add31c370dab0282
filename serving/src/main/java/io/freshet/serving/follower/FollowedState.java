package io.freshet.serving.follower;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.feed.RepositoryId;
import java.io.IOException;

/** A follower's own copy of the learned state, and where it stands in the feed. */
public interface FollowedState extends AutoCloseable {
    /**
     * Where a state stands in the feed. It may be behind the state: ticks that come again are compared.
     *
     * @param offset first record to read
     * @param topic identity of the topic that the offset is of; empty if not known
     * @param learnedAtMillis when the learner applied the state's tick, wall clock
     */
    record FeedMark(long offset, String topic, long learnedAtMillis) {}

    /** The copy. */
    EmbeddingStore store();

    /** The model that the state is of. */
    ModelConfig model();

    /**
     * Hashes of what the state's events named.
     *
     * @throws IllegalStateException if the snapshot does not say under which key
     */
    EntityIds ids();

    /** Name of the snapshot that it began as. */
    String snapshot();

    /** Repository of that snapshot; {@link RepositoryId#UNKNOWN} if the snapshot does not say. */
    RepositoryId repository();

    /** Start of the learner that wrote the snapshot. */
    long incarnation();

    /**
     * Incarnation whose predecessors' frames are late where the feed is entered: the snapshot's after a restore, -1 for
     * a state that an earlier process left. If the feed cannot be followed from there, a snapshot replaces it.
     */
    long fence();

    /** The place in the feed behind the state's last tick. */
    FeedMark mark();

    /** Saves the place in the feed, so that the next process goes on from there. */
    void save(FeedMark mark);

    /** Deletes what other states have left in the same place; none of them may be open. */
    void removeOthers() throws IOException;

    @Override
    void close();
}
