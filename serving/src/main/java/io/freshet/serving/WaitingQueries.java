package io.freshet.serving;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Queries that have no answer yet: those that wait for their turn, in order of arrival, and those that are
 * <em>parked</em> until a later state comes. Each kind has a quota of its own. For holders of the engine's lock only.
 */
final class WaitingQueries {
    /** A query and its asker; times are those of {@link System#nanoTime}. */
    record Waiting(
            Query query, Freshness freshness, long arrivedNanos, long deadlineNanos, CompletableFuture<Answer> answer) {
        boolean late(long nowNanos) {
            return nowNanos - deadlineNanos >= 0;
        }

        private boolean mustWait(@Nullable Version version) {
            return freshness.mode() == Freshness.Mode.WAIT && (version == null || !version.covers(freshness.offsets()));
        }
    }

    private final Limits limits;
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private final List<Waiting> parked = new ArrayList<>();

    WaitingQueries(Limits limits) {
        this.limits = limits;
    }

    /**
     * Takes a query; the refusal if there is no room, null if there is. Whether it is to be parked shows at its turn.
     */
    @Nullable
    Refusal offer(Waiting one) {
        if (queue.size() >= limits.queue()) {
            return new Refusal(
                    Refusal.Code.OVERLOADED, limits.queue() + " queries are waiting already; try again later");
        }
        queue.add(one);
        return null;
    }

    private Refusal tooManyParked() {
        return new Refusal(
                Refusal.Code.OVERLOADED,
                limits.parked() + " queries wait for a later state already; try again later, or without WAIT");
    }

    /** The next query that can be answered or refused with a state now; those before it that cannot are parked. */
    @Nullable
    Waiting poll(@Nullable Version version) {
        Waiting next = queue.poll();
        while (next != null && next.mustWait(version)) {
            if (parked.size() < limits.parked()) {
                parked.add(next);
            } else {
                next.answer().completeExceptionally(tooManyParked());
            }
            next = queue.poll();
        }
        return next;
    }

    /** Another state came: all that are parked are looked at again. */
    void unpark() {
        queue.addAll(parked);
        parked.clear();
    }

    /** Refuses what is parked and late, and drops what nobody waits for any more; the number of those. */
    int expire(long nowNanos, @Nullable Version version) {
        int left = 0;
        for (Iterator<Waiting> it = parked.iterator(); it.hasNext(); ) {
            Waiting one = it.next();
            if (one.answer().isDone()) {
                it.remove();
                left++;
            } else if (one.late(nowNanos)) {
                it.remove();
                one.answer().completeExceptionally(tooLate(one, version));
            }
        }
        return left;
    }

    static Refusal tooLate(Waiting one, @Nullable Version version) {
        Map<Integer, Long> wanted = one.freshness().offsets();
        String waited = wanted.isEmpty()
                ? "before its turn"
                : "waiting for offsets " + wanted + "; the state has "
                        + (version == null ? "none" : version.frontier());
        return new Refusal(Refusal.Code.TOO_LATE, "the query's time was over " + waited);
    }

    /** Takes all out. */
    List<Waiting> drain() {
        List<Waiting> all = new ArrayList<>(queue);
        all.addAll(parked);
        queue.clear();
        parked.clear();
        return all;
    }

    /** Whether none waits for its turn. */
    boolean idle() {
        return queue.isEmpty();
    }

    /** Whether none is parked. */
    boolean noneParked() {
        return parked.isEmpty();
    }

    int size() {
        return queue.size() + parked.size();
    }
}
