package io.freshet.job.core;

import io.freshet.store.snapshot.Retention;
import io.freshet.store.snapshot.SnapshotRepository;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits the snapshots of completed checkpoints and lets old ones expire, in the background: the learner does not wait
 * for the repository. A commit that fails is tried again with the next checkpoint; until then the snapshot stays
 * pending, which a restart finds as well. It is given up when a newer one is committed. What only tidies the repository
 * holds no commit up.
 */
final class SnapshotCommits {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotCommits.class);

    private final SnapshotRepository repository;
    private final Retention retention;
    private final Executor background;
    private final LongSupplier wallMillis;
    /** Names to commit, in order; guarded by itself. */
    private final Deque<String> due = new ArrayDeque<>();

    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong cleanupFailures = new AtomicLong();

    SnapshotCommits(SnapshotRepository repository, Retention retention, Executor background, LongSupplier wallMillis) {
        this.repository = repository;
        this.retention = retention;
        this.background = background;
        this.wallMillis = wallMillis;
    }

    /** A checkpoint is complete: its snapshot becomes one that others may use. */
    void commit(String name) {
        synchronized (due) {
            due.addLast(name);
        }
        background.execute(this::run);
    }

    /** A checkpoint will not be completed. */
    void abort(String name) {
        background.execute(() -> attempt(cleanupFailures, "dropping snapshot " + name, () -> repository.abort(name)));
    }

    /** Commits that failed. */
    long failures() {
        return failures.get();
    }

    /** Times that what nobody needs could not be removed. */
    long cleanupFailures() {
        return cleanupFailures.get();
    }

    /** Snapshots that wait to be committed. */
    int pending() {
        synchronized (due) {
            return due.size();
        }
    }

    private void run() {
        List<String> names = waiting();
        if (names.isEmpty()) {
            return;
        }
        attempt(cleanupFailures, "completing a rollback", this::completeRollback);
        String newest = null;
        for (String name : names) {
            if (attempt(failures, "committing snapshot " + name, () -> commitNow(name))) {
                newest = name;
            }
        }
        if (newest != null) {
            settle(names.subList(0, names.indexOf(newest) + 1));
            tidyBehind(newest);
        }
    }

    private List<String> waiting() {
        synchronized (due) {
            return List.copyOf(due);
        }
    }

    /** Older ones that failed once more are not needed any more. */
    private void settle(List<String> names) {
        synchronized (due) {
            due.removeAll(names);
        }
    }

    /** A rollback that this learner began from is completed with its first checkpoint. */
    private void completeRollback() {
        if (repository.rollbacks().pending().isPresent()) {
            repository.rollbacks().complete();
        }
    }

    private void commitNow(String name) {
        if (!repository.commit(name)) {
            cleanupFailures.incrementAndGet();
        }
    }

    /**
     * Savepoints that nobody was told of are committed, and older snapshots may expire. Where the newest is another
     * (the log had ended, and the job came back to this checkpoint), none does: it could be this one, which a restart
     * needs.
     */
    private void tidyBehind(String name) {
        attempt(failures, "committing savepoints before " + name, () -> repository.commitSavepointsBefore(name));
        attempt(
                cleanupFailures,
                "removing what expired behind " + name,
                () -> repository.expireBehind(name, retention, wallMillis.getAsLong()));
    }

    private static boolean attempt(AtomicLong failures, String what, Runnable work) {
        try {
            work.run();
            return true;
        } catch (RuntimeException e) {
            LOG.warn("{} failed (failure {}); later checkpoints make up for it", what, failures.incrementAndGet(), e);
            return false;
        }
    }
}
