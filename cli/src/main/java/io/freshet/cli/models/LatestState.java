package io.freshet.cli.models;

import io.freshet.local.RemoteFileSystems;
import io.freshet.local.ScratchDirectory;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.nio.file.Path;

/** The newest committed snapshot of a repository, restored into a temporary directory and opened. */
public final class LatestState implements AutoCloseable {
    private final ScratchDirectory directory;
    private final Manifest manifest;
    private final RocksStore store;

    private LatestState(ScratchDirectory directory, Manifest manifest, RocksStore store) {
        this.directory = directory;
        this.manifest = manifest;
        this.store = store;
    }

    /** @param repository directory or address of the snapshot repository */
    public static LatestState open(String repository) throws IOException {
        return open(repository, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** The same in a directory; nothing is left in it if it fails. */
    static LatestState open(String repository, Path parent) throws IOException {
        SnapshotRepository snapshots = new SnapshotRepository(RemoteFileSystems.files(repository));
        if (!snapshots.exists()) {
            throw new IllegalStateException("there is no snapshot repository at " + repository);
        }
        Manifest manifest = snapshots
                .latest()
                .orElseThrow(() -> new IllegalStateException("no snapshot is committed yet in " + repository));
        ScratchDirectory directory = ScratchDirectory.make(parent, "freshet-state-");
        try {
            snapshots.restore(manifest, directory.path());
            RocksStore store = RocksStore.open(directory.path(), manifest.layout(), StoreOptions.learner());
            return new LatestState(directory, manifest, store);
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    public Manifest manifest() {
        return manifest;
    }

    public RocksStore store() {
        return store;
    }

    @Override
    public void close() throws IOException {
        try (directory) {
            store.close();
        }
    }
}
