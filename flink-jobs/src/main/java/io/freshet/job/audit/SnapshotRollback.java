package io.freshet.job.audit;

import io.freshet.job.repository.RepositoryAddress;
import io.freshet.store.directory.DirectoryLock;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Makes the next learner begin from an older snapshot. */
public final class SnapshotRollback {
    private SnapshotRollback() {}

    /**
     * Rolls a repository back. On this machine a learner that is still running is noticed; elsewhere it has to be
     * stopped before.
     *
     * @return the snapshots that are set aside
     * @throws IllegalStateException if a learner is running, the snapshot is not committed, or a file of it is missing
     *     or damaged
     */
    public static List<Manifest> begin(RepositoryAddress address, Manifest target) throws IOException {
        SnapshotRepository repository = address.open();
        Optional<Path> directory = address.local();
        DirectoryLock lock = directory.isPresent()
                ? DirectoryLock.take(directory.get(), "snapshot repository", "rolls it back")
                : null;
        try {
            List<String> problems = repository.verify(target);
            if (!problems.isEmpty()) {
                throw new IllegalStateException(
                        "snapshot " + target.id() + " is not whole: " + String.join("; ", problems));
            }
            return repository.rollbacks().begin(target);
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }
}
