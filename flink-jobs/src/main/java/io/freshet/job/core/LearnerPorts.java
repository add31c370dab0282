package io.freshet.job.core;

import io.freshet.kernel.Device;
import io.freshet.store.Checkpointable;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import io.freshet.store.feed.FeedAuthor;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.train.exchange.Exchange;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * All that a learner's core knows of the world.
 *
 * @param exchange the other learners of the job
 * @param repository snapshots
 * @param directory empty directory of this incarnation, for its store and for cuts
 * @param stores opens stores
 * @param feeds opens the change feed, for the learner that leads
 * @param device makes what the model is computed on
 * @param listeners what reads the state beside the learner that leads
 * @param background runs commits, one after the other
 * @param scans runs what reads the store as a whole, one after the other: commits do not wait for it
 * @param wallMillis the wall clock, ms since the epoch: for ages of snapshots, never for the model
 */
public record LearnerPorts(
        Exchange exchange,
        SnapshotRepository repository,
        Path directory,
        Stores stores,
        Feeds feeds,
        Supplier<Device> device,
        List<LearnerListener> listeners,
        Executor background,
        Executor scans,
        LongSupplier wallMillis) {

    /** Opens stores. */
    @FunctionalInterface
    public interface Stores {
        /**
         * Opens the store in a directory: of the snapshot that was restored to it, or an empty one.
         *
         * @param held lanes that it holds
         */
        Store open(Path directory, StoreLayout layout, LaneRange held);
    }

    /**
     * A store that snapshots can be cut of; both are the same thing.
     *
     * @param state to learn in
     * @param cuts to cut
     */
    public record Store(EmbeddingStore state, Checkpointable cuts) {
        /** Of one that is both. */
        public static <S extends EmbeddingStore & Checkpointable> Store of(S store) {
            return new Store(store, store);
        }
    }

    /** Opens the change feed. */
    @FunctionalInterface
    public interface Feeds {
        /**
         * Opens it behind what is there.
         *
         * @param author the learner that publishes
         * @param lastTick last tick of its state
         */
        LearnerFeed open(FeedAuthor author, long lastTick);
    }
}
