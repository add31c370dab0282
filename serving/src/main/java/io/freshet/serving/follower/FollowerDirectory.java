package io.freshet.serving.follower;

import io.freshet.store.snapshot.SnapshotFiles;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** Followed states in a directory of this machine, from a repository on any file system. */
final class FollowerDirectory implements FollowerStores {
    private final SnapshotFiles repository;
    private final Path root;

    FollowerDirectory(SnapshotFiles repository, Path root) {
        this.repository = repository;
        this.root = root;
    }

    @Override
    public String address() {
        return repository.address();
    }

    @Override
    public Optional<FollowedState> reopen() throws IOException {
        return FollowerStore.reopen(root).map(state -> state);
    }

    @Override
    public Optional<FollowedState> bootstrap(String spent) throws IOException {
        return FollowerStore.bootstrap(repository, root, spent).map(state -> state);
    }

    @Override
    public Optional<Committed> newest() {
        return new SnapshotRepository(repository).latest().map(Committed::of);
    }

    @Override
    public OptionalLong lastIncarnation() {
        long last = new SnapshotRepository(repository).lastIncarnation();
        return last == 0 ? OptionalLong.empty() : OptionalLong.of(last);
    }
}
