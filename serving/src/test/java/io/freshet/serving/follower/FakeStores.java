package io.freshet.serving.follower;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Walks;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.memory.InMemoryStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A repository and a disk on the heap. */
final class FakeStores implements FollowerStores {
    private record Snapshot(String id, InMemoryStore store, RepositoryId repository, long incarnation, long offset) {}

    /** A state on the disk. */
    static final class State implements FollowedState {
        private final Snapshot from;
        private final InMemoryStore store;
        private long fence;
        private FeedMark mark;
        private boolean open = true;

        private State(Snapshot from) {
            this.from = from;
            store = from.store().copy();
            fence = from.incarnation();
            mark = new FeedMark(from.offset(), "", 1);
        }

        boolean open() {
            return open;
        }

        @Override
        public EmbeddingStore store() {
            return store;
        }

        @Override
        public ModelConfig model() {
            return Walks.MODEL;
        }

        @Override
        public EntityIds ids() {
            return EntityIds.standard();
        }

        @Override
        public String snapshot() {
            return from.id();
        }

        @Override
        public RepositoryId repository() {
            return from.repository();
        }

        @Override
        public long incarnation() {
            return from.incarnation();
        }

        @Override
        public long fence() {
            return fence;
        }

        @Override
        public FeedMark mark() {
            return mark;
        }

        @Override
        public void save(FeedMark now) {
            mark = now;
        }

        @Override
        public void removeOthers() {
            // The disk has one.
        }

        @Override
        public void close() {
            open = false;
        }
    }

    private final List<Snapshot> snapshots = new ArrayList<>();
    private @Nullable State disk;
    private long lastIncarnation;
    private boolean down;
    private int asked;
    private int looks;
    private String damaged = "";

    void snapshot(String id, FakeLearner learner, long offset) {
        snapshots.add(new Snapshot(id, learner.store().copy(), learner.repository(), learner.incarnation(), offset));
        lastIncarnation = Math.max(lastIncarnation, learner.incarnation());
    }

    void opened(long incarnation) {
        lastIncarnation = incarnation;
    }

    /** A snapshot that is committed and cannot be restored. */
    void damaged(String id) {
        damaged = id;
    }

    void down(boolean now) {
        down = now;
    }

    /** Times that somebody looked for a newer snapshot. */
    int looks() {
        return looks;
    }

    int asked() {
        return asked;
    }

    @Override
    public String address() {
        return "the repository";
    }

    @Override
    public Optional<FollowedState> reopen() {
        State mine = disk;
        if (mine != null) {
            mine.fence = -1;
            mine.open = true;
        }
        return Optional.ofNullable(mine);
    }

    @Override
    public Optional<FollowedState> bootstrap(String spent) throws IOException {
        if (down) {
            throw new IOException("the repository is down");
        }
        if (snapshots.isEmpty()) {
            return Optional.empty();
        }
        Snapshot newest = snapshots.get(snapshots.size() - 1);
        if (newest.id().equals(spent)) {
            return Optional.empty();
        }
        if (newest.id().equals(damaged)) {
            throw new IllegalStateException("no snapshot in the repository can be restored");
        }
        State restored = new State(newest);
        disk = restored;
        return Optional.of(restored);
    }

    @Override
    public Optional<Committed> newest() throws IOException {
        looks++;
        if (down) {
            throw new IOException("the repository is down");
        }
        if (snapshots.isEmpty()) {
            return Optional.empty();
        }
        Snapshot newest = snapshots.get(snapshots.size() - 1);
        List<String> chains = new ArrayList<>();
        for (byte[] chain : newest.store().digests()) {
            chains.add(HexFormat.of().formatHex(chain));
        }
        return Optional.of(
                new Committed(newest.id(), newest.incarnation(), newest.store().tick(), chains));
    }

    @Override
    public OptionalLong lastIncarnation() throws IOException {
        asked++;
        if (down) {
            throw new IOException("the repository is down");
        }
        return lastIncarnation == 0 ? OptionalLong.empty() : OptionalLong.of(lastIncarnation);
    }
}
