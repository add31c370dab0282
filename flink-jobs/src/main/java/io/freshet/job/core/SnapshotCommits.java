package io.freshet.job.core;

import io.freshet.store.snapshot.Retention;
import io.freshet.store.snapshot.SnapshotRepository;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits the snapshots of completed checkpoints and lets old ones expire, in the background: the learner does not wait
 * for the repository. What fails is tried again with the next checkpoint; until then the snapshot stays pending, which
 * a restart finds as well.
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
        background.execute(() -> attempt("dropping snapshot " + name, () -> repository.abort(name)));
    }

    /** Times that the repository could not be written. */
    long failures() {
        return failures.get();
    }

    /** Snapshots that wait to be committed. */
    int pending() {
        synchronized (due) {
            return due.size();
        }
    }

    private void run() {
        String name = first();
        while (name != null) {
            String now = name;
            if (!attempt("committing snapshot " + now, () -> commitNow(now))) {
                return;
            }
            synchronized (due) {
                due.removeFirst();
            }
            name = first();
        }
    }

    private @Nullable String first() {
        synchronized (due) {
            return due.peekFirst();
        }
    }

    /**
     * A rollback that this learner began from is completed, and older snapshots may expire. Where the newest is another
     * (the log had ended, and the job came back to this checkpoint), none does: it could be this one, which a restart
     * needs.
     */
    private void commitNow(String name) {
        if (repository.rollbacks().pending().isPresent()) {
            repository.rollbacks().complete();
        }
        repository.commit(name);
        repository.expireBehind(name, retention, wallMillis.getAsLong());
    }

    private boolean attempt(String what, Runnable work) {
        try {
            work.run();
            return true;
        } catch (RuntimeException e) {
            long count = failures.incrementAndGet();
            LOG.warn(
                    "{} failed (failure {} of the repository); it is tried again with the next checkpoint",
                    what,
                    count,
                    e);
            return false;
        }
    }
}
