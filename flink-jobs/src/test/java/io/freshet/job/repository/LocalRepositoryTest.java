package io.freshet.job.repository;

import io.freshet.store.snapshot.SnapshotFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A repository in a directory of this machine. */
class LocalRepositoryTest extends RepositoryContract {
    @TempDir
    private Path root;

    @Override
    SnapshotFiles files(String name) {
        return new RepositoryAddress(root.resolve(name).toUri().toString()).files();
    }
}
