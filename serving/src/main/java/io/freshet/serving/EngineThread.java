package io.freshet.serving;

import io.freshet.serving.WaitingQueries.Waiting;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns an engine's state, and what waits for it: changes of the state, which go first, and queries, one
 * after the other. It ends when it is told to, or for good with the first {@link Error}; whatever waits then, and
 * whatever comes, is refused.
 */
final class EngineThread {
    /** What is done on the thread. */
    interface Turns {
        /** The version that queries would be answered from now; null for none. */
        @Nullable
        Version version();

        /**
         * Answers or refuses a query whose turn it is.
         *
         * @param startNanos when its turn began, by {@link System#nanoTime}
         */
        void turn(Waiting one, long startNanos);

        /** The last thing that is done. */
        void last();
    }

    private static final Logger LOG = LoggerFactory.getLogger(EngineThread.class);

    private record StateTask(Runnable change, CompletableFuture<Void> done) {
        void run() {
            try {
                change.run();
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            } catch (Error e) {
                done.completeExceptionally(e);
                throw e;
            }
        }
    }

    private final Turns turns;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final ArrayDeque<StateTask> stateTasks = new ArrayDeque<>();
    private final WaitingQueries waiting;
    private final LongAdder cancelled = new LongAdder();
    private final Thread thread;
    private boolean closed;
    private volatile @Nullable Throwable failure;

    EngineThread(Limits limits, Turns turns) {
        this.turns = turns;
        waiting = new WaitingQueries(limits);
        thread = new Thread(this::run, "freshet-scoring");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Queries so far whose asker had left before their turn; they were not computed. */
    long cancelled() {
        return cancelled.sum();
    }

    /** Queries that wait for their turn now, and those that wait for a later state. */
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** Why it ended for good; null while it did not. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /**
     * Runs a change of the state between two queries, and returns when it was made.
     *
     * @throws IllegalStateException if it has ended, or does before the change
     */
    void inTurn(Runnable change) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        lock.lock();
        try {
            Throwable ended = failure;
            if (closed || ended != null) {
                throw new IllegalStateException(
                        ended == null ? "the scoring engine is closed" : "the scoring engine has failed: " + ended,
                        ended);
            }
            stateTasks.add(new StateTask(change, done));
            work.signal();
        } finally {
            lock.unlock();
        }
        try {
            done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /**
     * Lets a query wait for its turn.
     *
     * @param patienceNanos how long its asker waits at most
     * @return the answer, or a {@link Refusal}
     */
    CompletableFuture<Answer> ask(Query query, Freshness freshness, long patienceNanos) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        long now = System.nanoTime();
        Refusal refusal;
        lock.lock();
        try {
            refusal = closed || failure != null
                    ? ended()
                    : waiting.offer(new Waiting(query, freshness, now, now + patienceNanos, answer));
            work.signal();
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            answer.completeExceptionally(refusal);
        }
        return answer;
    }

    private Refusal ended() {
        return new Refusal(
                Refusal.Code.NOT_READY,
                failure == null ? "the scorer is shutting down" : "the scorer has failed and answers nothing any more");
    }

    private void run() {
        try {
            serve();
            end(null);
        } catch (Throwable e) {
            try {
                LOG.error("the scoring engine has failed; it answers nothing any more", e);
            } finally {
                end(e);
            }
        } finally {
            turns.last();
        }
    }

    private void serve() {
        while (true) {
            StateTask task = null;
            Waiting next = null;
            lock.lock();
            try {
                while (!closed && failure == null && stateTasks.isEmpty() && waiting.idle()) {
                    long millis = waiting.noneParked() ? 60_000 : 20;
                    long unused = work.awaitNanos(TimeUnit.MILLISECONDS.toNanos(millis));
                    cancelled.add(waiting.expire(System.nanoTime(), turns.version()));
                }
                // Not only when idle: under steady load a parked query's time is over too.
                cancelled.add(waiting.expire(System.nanoTime(), turns.version()));
                if (closed || failure != null) {
                    return;
                }
                task = stateTasks.poll();
                // In one hold of the lock, so that ask() counts, and the end finds, every query without an answer.
                next = task == null ? waiting.poll(turns.version()) : null;
            } catch (InterruptedException e) {
                throw new IllegalStateException("the scoring engine's thread was interrupted", e);
            } finally {
                lock.unlock();
            }
            if (task != null) {
                task.run();
                unpark();
            } else if (next != null) {
                turn(next);
            }
        }
    }

    private void unpark() {
        lock.lock();
        try {
            waiting.unpark();
        } finally {
            lock.unlock();
        }
    }

    private void turn(Waiting one) {
        long start = System.nanoTime();
        if (one.answer().isDone()) {
            cancelled.increment();
            return;
        }
        if (one.late(start)) {
            one.answer().completeExceptionally(WaitingQueries.tooLate(one, turns.version()));
            return;
        }
        try {
            turns.turn(one, start);
        } catch (RuntimeException e) {
            LOG.error("query failed: {}", one.query().getClass().getSimpleName(), e);
            one.answer().completeExceptionally(e);
        } catch (Error e) {
            one.answer().completeExceptionally(ended());
            throw e;
        }
    }

    /** Refuses all that waits and all that comes; a cause says that this is a failure. The first cause stays. */
    void end(@Nullable Throwable cause) {
        List<Waiting> left;
        List<StateTask> tasks;
        lock.lock();
        try {
            if (cause != null && failure == null && !closed) {
                failure = cause;
            }
            closed |= cause == null;
            left = waiting.drain();
            tasks = new ArrayList<>(stateTasks);
            stateTasks.clear();
            work.signal();
        } finally {
            lock.unlock();
        }
        tasks.forEach(task ->
                task.done().completeExceptionally(new IllegalStateException("the scoring engine has ended", cause)));
        left.forEach(one -> one.answer().completeExceptionally(ended()));
    }

    /** Waits until what it is doing is done, 10 s at most; returns at once on the thread itself. */
    void await() {
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.error("a query or a tick has not come to its end for 10 s; its store must not be closed before");
        }
    }
}
