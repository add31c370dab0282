package io.freshet.job.repository;

import io.freshet.store.snapshot.SnapshotFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A repository through Flink's file system without renaming, as in an object store. */
class DirectRepositoryTest extends RepositoryContract {
    @TempDir
    private Path root;

    @Override
    SnapshotFiles files(String name) {
        return new FlinkSnapshotFiles(root.resolve(name).toUri(), false);
    }
}
