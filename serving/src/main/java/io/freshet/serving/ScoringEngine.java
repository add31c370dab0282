package io.freshet.serving;

import io.freshet.kernel.Device;
import io.freshet.model.ModelConfig;
import io.freshet.model.items.ItemScan;
import io.freshet.model.scoring.Scorer;
import io.freshet.schema.EntityIds;
import io.freshet.serving.WaitingQueries.Waiting;
import io.freshet.store.StateView;
import io.freshet.store.TickChanges;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers queries from one version of the state at a time. One thread owns the state: it applies a tick between two
 * queries, so that every answer comes from whole ticks only, and ticks go before queries.
 *
 * <p>An exception in a query fails the query; one while a tick is taken makes it forget the state, which is then half
 * of two ticks. An {@link Error} ends the engine for good: every query that waits and all that come are refused, and
 * {@link #failure} says why.
 */
public final class ScoringEngine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScoringEngine.class);

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

    private final Device device;
    private final Limits limits;
    private final LongSupplier wallMillis;
    private final ItemScan scan;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final ArrayDeque<StateTask> stateTasks = new ArrayDeque<>();
    private final WaitingQueries waiting;
    private final Thread thread;
    private boolean closed;
    private volatile @Nullable Throwable failure;
    private @Nullable ServedState state;
    private volatile @Nullable Version version;
    private volatile int items;
    private volatile EntityIds ids = EntityIds.standard();
    private final LongAdder scans = new LongAdder();
    private final LongAdder scored = new LongAdder();
    private final LongAdder cancelled = new LongAdder();

    /**
     * @param device where scores are computed; stays the caller's
     * @param wallMillis the wall clock, for ages
     * @param scan how the best items are found; the answers do not depend on it
     */
    public ScoringEngine(Device device, Limits limits, LongSupplier wallMillis, ItemScan scan) {
        this.device = device;
        this.limits = limits;
        this.wallMillis = wallMillis;
        this.scan = scan;
        waiting = new WaitingQueries(limits);
        thread = new Thread(this::run, "freshet-scoring");
        thread.setDaemon(true);
        thread.start();
    }

    /** Limits that hold here. */
    public Limits limits() {
        return limits;
    }

    /** Hashes of what the served state's events named; under the standard key before the first state. */
    public EntityIds ids() {
        return ids;
    }

    /** The version that is served; null before the first. */
    public @Nullable Version version() {
        return version;
    }

    /** Number of items that can be recommended. */
    public int items() {
        return items;
    }

    /** Scans for the best items so far. */
    public long scans() {
        return scans.sum();
    }

    /** Items that scans have scored so far; the others were left out by their bounds. */
    public long scored() {
        return scored.sum();
    }

    /** Queries so far whose asker had left before their turn; they were not computed. */
    public long cancelled() {
        return cancelled.sum();
    }

    /** Queries that wait for their turn now, and those that wait for a later state. */
    public int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** Whether it has a state and answers from it. */
    public boolean serving() {
        return version != null && failure == null;
    }

    /** Why it answers nothing any more, for good; null while it does. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** Ends it for good: what waits is refused, and so is everything that comes. The first cause stays. */
    public void fail(Throwable cause) {
        end(cause);
    }

    /** Age of what is served, ms; -1 before the first version. */
    public long ageMillis() {
        Version now = version;
        return now == null ? -1 : Math.max(0, wallMillis.getAsLong() - now.learnedAtMillis());
    }

    /**
     * Replaces the whole state; the view becomes the engine's, even if this fails. The old state answers until the new
     * one is loaded.
     */
    public void install(ModelConfig config, EntityIds hashes, StateView view, Version loaded) {
        boolean taken = false;
        try {
            Scorer scorer = new Scorer(config, device, scan);
            scorer.state().load(view);
            inTurn(() -> {
                dropState();
                state = new ServedState(scorer, hashes, view, loaded);
                ids = hashes;
                publish();
            });
            taken = true;
        } finally {
            if (!taken) {
                view.close();
            }
        }
    }

    /** Forgets the state, so that its store can be closed; queries are refused until the next {@link #install}. */
    public void uninstall() {
        try {
            inTurn(this::dropState);
        } catch (IllegalStateException e) {
            // It has ended, or is ending: its thread drops the state last.
            await();
        }
    }

    private void dropState() {
        ServedState old = state;
        state = null;
        version = null;
        items = 0;
        if (old != null) {
            old.close();
        }
    }

    /**
     * Moves to the next tick; the view becomes the engine's, even if this fails. Returns when queries see it. A failure
     * leaves the engine without a state.
     */
    public void advance(TickChanges changes, StateView view, Version next) {
        boolean taken = false;
        try {
            inTurn(() -> {
                ServedState now = state;
                if (now == null) {
                    throw new IllegalStateException("a tick before any state was installed");
                }
                boolean whole = false;
                try {
                    now.advance(changes, next);
                    whole = true;
                } finally {
                    if (!whole) {
                        dropState();
                    }
                }
                now.moveTo(view);
                publish();
            });
            taken = true;
        } finally {
            if (!taken) {
                view.close();
            }
        }
    }

    private void publish() {
        ServedState now = Objects.requireNonNull(state);
        version = now.version();
        items = now.items();
    }

    private void inTurn(Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        lock.lock();
        try {
            Throwable ended = failure;
            if (closed || ended != null) {
                throw new IllegalStateException(
                        ended == null ? "the scoring engine is closed" : "the scoring engine has failed: " + ended,
                        ended);
            }
            stateTasks.add(new StateTask(task, done));
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
     * Asks a query that is within the {@link #limits}.
     *
     * @param patienceNanos how long the asker waits at most
     * @return the answer, or a {@link Refusal}
     */
    public CompletableFuture<Answer> ask(Query query, Freshness freshness, long patienceNanos) {
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
            dropState();
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
                    cancelled.add(waiting.expire(System.nanoTime(), version));
                }
                // Not only when idle: under steady load a parked query's time is over too.
                cancelled.add(waiting.expire(System.nanoTime(), version));
                if (closed || failure != null) {
                    return;
                }
                task = stateTasks.poll();
                // In one hold of the lock, so that ask() counts, and the end finds, every query without an answer.
                next = task == null ? waiting.poll(version) : null;
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

    /** Refuses all that waits and all that comes; a cause says that this is a failure. */
    private void end(@Nullable Throwable cause) {
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
            one.answer().completeExceptionally(WaitingQueries.tooLate(one, version));
            return;
        }
        ServedState now = state;
        if (now == null) {
            one.answer()
                    .completeExceptionally(new Refusal(
                            Refusal.Code.NOT_READY, "no state is loaded yet: waiting for a committed snapshot"));
            return;
        }
        boolean fresh = now.version().covers(one.freshness().offsets());
        if (!fresh && one.freshness().mode() == Freshness.Mode.FAIL) {
            String message = "the state has learned " + now.version().frontier() + ", not "
                    + one.freshness().offsets();
            one.answer().completeExceptionally(new Refusal(Refusal.Code.NOT_FRESH, message));
            return;
        }
        try {
            one.answer().complete(answer(now, one, fresh, start));
        } catch (RuntimeException e) {
            LOG.error("query failed: {}", one.query().getClass().getSimpleName(), e);
            one.answer().completeExceptionally(e);
        } catch (Error e) {
            one.answer().completeExceptionally(ended());
            throw e;
        }
    }

    private Answer answer(ServedState now, Waiting one, boolean fresh, long start) {
        ServedState.Result result = now.answer(one.query());
        if (result.scored() >= 0) {
            scans.increment();
            scored.add(result.scored());
        }
        EnumSet<Degradation> degraded = result.degraded();
        long age = ageMillis();
        if (!fresh || age > limits.staleAfterMillis()) {
            degraded.add(Degradation.STALE_STATE);
        }
        if (result.coverage() < 1) {
            degraded.add(Degradation.PARTIAL);
        }
        long end = System.nanoTime();
        return new Answer(
                result.items(),
                now.version(),
                age,
                degraded,
                result.coverage(),
                result.seenSinceMillis(),
                start - one.arrivedNanos(),
                end - start);
    }

    @Override
    public void close() {
        end(null);
        await();
    }

    private void await() {
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
