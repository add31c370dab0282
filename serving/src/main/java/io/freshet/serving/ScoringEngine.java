package io.freshet.serving;

import io.freshet.kernel.Device;
import io.freshet.model.ModelConfig;
import io.freshet.model.items.ItemScan;
import io.freshet.model.scoring.Scorer;
import io.freshet.schema.EntityIds;
import io.freshet.serving.WaitingQueries.Waiting;
import io.freshet.store.StateView;
import io.freshet.store.TickChanges;
import java.util.EnumSet;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers queries from one version of the state at a time. One thread owns the state: it applies a tick between two
 * queries, so that every answer comes from whole ticks only, and ticks go before queries.
 *
 * <p>An exception in a query fails the query; one while a tick is taken makes it forget the state, which is then half
 * of two ticks. An {@link Error} ends the engine for good: every query that waits and all that come are refused, and
 * {@link #failure} says why.
 */
public final class ScoringEngine implements AutoCloseable {
    private final Device device;
    private final Limits limits;
    private final LongSupplier wallMillis;
    private final ItemScan scan;
    private final EngineThread thread;
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
        thread = new EngineThread(limits, new Turns());
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
        return thread.cancelled();
    }

    /** Queries that wait for their turn now, and those that wait for a later state. */
    public int waiting() {
        return thread.waiting();
    }

    /** Whether it has a state and answers from it. */
    public boolean serving() {
        return version != null && thread.failure() == null;
    }

    /** Why it answers nothing any more, for good; null while it does. */
    public @Nullable Throwable failure() {
        return thread.failure();
    }

    /** Ends it for good: what waits is refused, and so is everything that comes. The first cause stays. */
    public void fail(Throwable cause) {
        thread.end(cause);
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
            thread.inTurn(() -> {
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
            thread.inTurn(this::dropState);
        } catch (IllegalStateException e) {
            // It has ended, or is ending: its thread drops the state last.
            thread.await();
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
            thread.inTurn(() -> {
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

    /**
     * Asks a query that is within the {@link #limits}.
     *
     * @param patienceNanos how long the asker waits at most
     * @return the answer, or a {@link Refusal}
     */
    public CompletableFuture<Answer> ask(Query query, Freshness freshness, long patienceNanos) {
        return thread.ask(query, freshness, patienceNanos);
    }

    private final class Turns implements EngineThread.Turns {
        @Override
        public @Nullable Version version() {
            return version;
        }

        @Override
        public void turn(Waiting one, long startNanos) {
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
            one.answer().complete(answer(now, one, fresh, startNanos));
        }

        @Override
        public void last() {
            dropState();
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
        thread.end(null);
        thread.await();
    }
}
