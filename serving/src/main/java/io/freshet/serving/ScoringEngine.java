package io.freshet.serving;

import io.freshet.kernel.Device;
import io.freshet.model.ItemScan;
import io.freshet.model.ModelConfig;
import io.freshet.model.Scorer;
import io.freshet.schema.EntityIds;
import io.freshet.store.StateView;
import io.freshet.store.TickChanges;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
 */
public final class ScoringEngine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScoringEngine.class);

    private record Waiting(
            Query query,
            Freshness freshness,
            long arrivedNanos,
            long deadlineNanos,
            CompletableFuture<Answer> answer) {}

    private record StateTask(Runnable change, CompletableFuture<Void> done) {
        void run() {
            try {
                change.run();
                done.complete(null);
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
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
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private final List<Waiting> parked = new ArrayList<>();
    private final Thread thread;
    private boolean closed;
    private @Nullable ServedState state;
    private volatile @Nullable Version version;
    private volatile int items;
    private volatile EntityIds ids = EntityIds.standard();
    private final LongAdder scans = new LongAdder();
    private final LongAdder scored = new LongAdder();

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

    /** Age of what is served, ms; -1 before the first version. */
    public long ageMillis() {
        Version now = version;
        return now == null ? -1 : Math.max(0, wallMillis.getAsLong() - now.learnedAtMillis());
    }

    /** Replaces the whole state; the view becomes the engine's. The old state answers until the new one is loaded. */
    public void install(ModelConfig config, EntityIds hashes, StateView view, Version loaded) {
        Scorer scorer = new Scorer(config, device, scan);
        scorer.load(view);
        inTurn(() -> {
            if (state != null) {
                state.close();
            }
            state = new ServedState(scorer, hashes, view, loaded);
            ids = hashes;
            publish();
        });
    }

    /** Forgets the state, so that its store can be closed; queries are refused until the next {@link #install}. */
    public void uninstall() {
        try {
            inTurn(this::dropState);
        } catch (IllegalStateException e) {
            LOG.debug("closed before it could forget the state", e);
        }
    }

    private void dropState() {
        if (state != null) {
            state.close();
            state = null;
            version = null;
            items = 0;
        }
    }

    /** Moves to the next tick; the view becomes the engine's. Returns when queries see it. */
    public void advance(TickChanges changes, StateView view, Version next) {
        inTurn(() -> {
            if (state == null) {
                view.close();
                throw new IllegalStateException("a tick before any state was installed");
            }
            state.advance(changes, view, next);
            publish();
        });
    }

    private void publish() {
        ServedState now = java.util.Objects.requireNonNull(state);
        version = now.version();
        items = now.items();
    }

    private void inTurn(Runnable task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the scoring engine is closed");
            }
            stateTasks.add(new StateTask(task, done));
            work.signal();
        } finally {
            lock.unlock();
        }
        try {
            done.join();
        } catch (java.util.concurrent.CompletionException e) {
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
        lock.lock();
        try {
            if (closed) {
                answer.completeExceptionally(new Refusal(Refusal.Code.NOT_READY, "the scorer is shutting down"));
            } else if (queue.size() + parked.size() >= limits.queue()) {
                answer.completeExceptionally(new Refusal(
                        Refusal.Code.OVERLOADED, limits.queue() + " queries are waiting already; try again later"));
            } else {
                queue.add(new Waiting(query, freshness, now, now + patienceNanos, answer));
                work.signal();
            }
        } finally {
            lock.unlock();
        }
        return answer;
    }

    private void run() {
        while (true) {
            StateTask task = null;
            Waiting next = null;
            lock.lock();
            try {
                while (!closed && stateTasks.isEmpty() && queue.isEmpty()) {
                    long unused = work.awaitNanos(TimeUnit.MILLISECONDS.toNanos(parked.isEmpty() ? 60_000 : 20));
                    expireParked();
                }
                // Not only when idle: under steady load a parked query's time is over too.
                expireParked();
                if (closed) {
                    break;
                }
                task = stateTasks.poll();
                next = task == null ? pollAnswerable() : null;
            } catch (InterruptedException e) {
                break;
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
            queue.addAll(parked);
            parked.clear();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next query that can be answered or refused now. Those before it that wait for a later state are parked in the
     * same hold of the lock, so that {@link #ask} counts, and {@link #close} finds, every query that has no answer yet.
     */
    private @Nullable Waiting pollAnswerable() {
        Waiting next = queue.poll();
        while (next != null && mustWait(next)) {
            parked.add(next);
            next = queue.poll();
        }
        return next;
    }

    private boolean mustWait(Waiting one) {
        ServedState now = state;
        return one.freshness().mode() == Freshness.Mode.WAIT
                && (now == null || !now.version().covers(one.freshness().offsets()));
    }

    private void expireParked() {
        long now = System.nanoTime();
        for (Iterator<Waiting> it = parked.iterator(); it.hasNext(); ) {
            Waiting one = it.next();
            if (now - one.deadlineNanos() >= 0) {
                it.remove();
                one.answer().completeExceptionally(tooLate(one));
            }
        }
    }

    private Refusal tooLate(Waiting one) {
        Version now = version;
        String waited = one.freshness().offsets().isEmpty()
                ? "before its turn"
                : "waiting for offsets " + one.freshness().offsets() + "; the state has "
                        + (now == null ? "none" : now.frontier());
        return new Refusal(Refusal.Code.TOO_LATE, "the query's time was over " + waited);
    }

    private void turn(Waiting one) {
        long start = System.nanoTime();
        if (start - one.deadlineNanos() >= 0) {
            one.answer().completeExceptionally(tooLate(one));
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
                start - one.arrivedNanos(),
                end - start);
    }

    @Override
    public void close() {
        List<Waiting> left;
        lock.lock();
        try {
            closed = true;
            left = new ArrayList<>(queue);
            left.addAll(parked);
            queue.clear();
            parked.clear();
            stateTasks.forEach(task ->
                    task.done().completeExceptionally(new IllegalStateException("the scoring engine is closed")));
            stateTasks.clear();
            work.signal();
        } finally {
            lock.unlock();
        }
        left.forEach(one ->
                one.answer().completeExceptionally(new Refusal(Refusal.Code.NOT_READY, "the scorer is shutting down")));
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            dropState();
        }
    }
}
