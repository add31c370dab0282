package io.freshet.cli.models;

import io.freshet.local.RemoteFileSystems;
import io.freshet.store.directory.LocalDirectory;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The newest committed snapshot of a repository, restored into a temporary directory and opened. */
public final class LatestState implements AutoCloseable {
    private final Path directory;
    private final Manifest manifest;
    private final RocksStore store;

    private LatestState(Path directory, Manifest manifest, RocksStore store) {
        this.directory = directory;
        this.manifest = manifest;
        this.store = store;
    }

    /** @param repository directory or address of the snapshot repository */
    public static LatestState open(String repository) throws IOException {
        SnapshotRepository snapshots = new SnapshotRepository(RemoteFileSystems.files(repository));
        if (!snapshots.exists()) {
            throw new IllegalStateException("there is no snapshot repository at " + repository);
        }
        Manifest manifest = snapshots
                .latest()
                .orElseThrow(() -> new IllegalStateException("no snapshot is committed yet in " + repository));
        Path directory = Files.createTempDirectory("freshet-state-");
        snapshots.restore(manifest, directory);
        return new LatestState(
                directory, manifest, RocksStore.open(directory, manifest.layout(), StoreOptions.learner()));
    }

    public Manifest manifest() {
        return manifest;
    }

    public RocksStore store() {
        return store;
    }

    @Override
    public void close() throws IOException {
        store.close();
        LocalDirectory.delete(directory);
    }
}
