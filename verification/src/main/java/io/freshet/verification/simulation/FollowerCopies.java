package io.freshet.verification.simulation;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.serving.follower.FollowedState;
import io.freshet.serving.follower.FollowerStores;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.LaneRange;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.verification.simulation.log.LogScript;
import io.freshet.verification.simulation.schedule.InjectedFault;
import io.freshet.verification.simulation.schedule.Violation;
import io.freshet.verification.simulation.schedule.Violation.Invariant;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A follower's directory: the state that it restored last, with all ticks that it applied since. */
final class FollowerCopies implements FollowerStores {
    private final World world;
    private final String owner;
    private @Nullable Copy durable;
    private @Nullable Violation broken;

    FollowerCopies(World world, String owner) {
        this.world = world;
        this.owner = owner;
    }

    /** A failure that nothing explains; null if there was none. */
    @Nullable
    Violation broken() {
        return broken;
    }

    /** Whoever loads a state takes every exception for one of the repository. */
    private <T> T watched(String what, Supplier<T> work, BooleanSupplier explained) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            if (!InjectedFault.causes(e) && !explained.getAsBoolean() && broken == null) {
                broken = new Violation(Invariant.NO_ERROR, owner + " cannot " + what + ": " + e, e);
            }
            throw e;
        }
    }

    void lose() {
        durable = null;
    }

    @Override
    public String address() {
        return world.disk().repository().address();
    }

    @Override
    public Optional<FollowedState> reopen() {
        Copy left = durable;
        if (left == null) {
            return Optional.empty();
        }
        Copy again = new Copy(left.store, left.origin, false, left.mark);
        durable = again;
        return Optional.of(again);
    }

    @Override
    public Optional<FollowedState> bootstrap(String spent) {
        SnapshotRepository repository = world.disk().repository();
        List<Manifest> all = new ArrayList<>(watched("list snapshots", repository::list, () -> false));
        all.sort(Manifest.BY_LINEAGE.reversed());
        IllegalStateException damaged = null;
        for (Manifest manifest : all) {
            if (manifest.id().equals(spent)) {
                return Optional.empty();
            }
            try {
                return Optional.of(watched(
                        "restore " + manifest.id(),
                        () -> restore(repository, manifest),
                        () -> !world.disk().still().names().contains(manifest.id())));
            } catch (IllegalStateException e) {
                world.trace(owner + " cannot restore " + manifest.id() + ": " + e.getMessage());
                damaged = e;
            }
        }
        if (damaged != null) {
            throw damaged;
        }
        return Optional.empty();
    }

    private FollowedState restore(SnapshotRepository repository, Manifest manifest) {
        String opening = world.disk().opening();
        Path directory = world.disk().directory(opening);
        try {
            repository.restore(manifest, directory.resolve("store"));
            InMemoryStore store = InMemoryStore.open(
                    directory.resolve("store"), manifest.layout(), LaneRange.all(manifest.layout()), opening);
            FollowedState.FeedMark mark = new FollowedState.FeedMark(
                    manifest.feedOffsets().getOrDefault(0, 0L), "", manifest.createdMillis());
            Copy restored = new Copy(store, manifest, true, mark);
            durable = restored;
            return restored;
        } finally {
            world.disk().delete(directory);
        }
    }

    @Override
    public Optional<Committed> newest() {
        return watched(
                        "look for a newer snapshot",
                        () -> world.disk().repository().latest(),
                        () -> false)
                .map(Committed::of);
    }

    @Override
    public OptionalLong lastIncarnation() {
        long last = watched("ask for learners", () -> world.disk().repository().lastIncarnation(), () -> false);
        return last == 0 ? OptionalLong.empty() : OptionalLong.of(last);
    }

    private static final class Copy implements FollowedState {
        private final InMemoryStore store;
        private final Manifest origin;
        private final boolean restored;
        private FeedMark mark;

        Copy(InMemoryStore store, Manifest origin, boolean restored, FeedMark mark) {
            this.store = store;
            this.origin = origin;
            this.restored = restored;
            this.mark = mark;
        }

        @Override
        public EmbeddingStore store() {
            return store;
        }

        @Override
        public ModelConfig model() {
            return ModelConfig.fromProperties(origin.properties());
        }

        @Override
        public EntityIds ids() {
            return LogScript.IDS;
        }

        @Override
        public String snapshot() {
            return origin.id();
        }

        @Override
        public RepositoryId repository() {
            return RepositoryId.of(origin.repository());
        }

        @Override
        public long incarnation() {
            return Long.parseLong(origin.properties().getOrDefault("incarnation", "0"));
        }

        @Override
        public long fence() {
            return restored ? incarnation() : -1;
        }

        @Override
        public FeedMark mark() {
            return mark;
        }

        @Override
        public void save(FeedMark saved) {
            mark = saved;
        }

        @Override
        public void removeOthers() {
            // There are none.
        }

        @Override
        public void close() {
            // What is on disk stays.
        }
    }
}
