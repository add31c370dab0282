package io.freshet.benchmarks.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the learners of one incarnation meet: in every round each gives something and gets what all gave. The scheduler
 * decides who comes next; who has to wait says so and pauses.
 */
final class Meeting {
    private final int size;
    private final boolean waits;
    private final int[] rounds;
    private final TreeMap<Integer, @Nullable Object[]> given = new TreeMap<>();
    private final @Nullable Object[] last;
    /** Pauses the learner of a number. */
    private final IntConsumer pause;

    /** @param waits false for the planted bug that takes what is there */
    Meeting(int size, boolean waits, IntConsumer pause) {
        this.size = size;
        this.waits = waits;
        this.pause = pause;
        rounds = new int[size];
        last = new Object[size];
    }

    int size() {
        return size;
    }

    /** Gives something for the next round; returns what all gave, by learner. */
    @SuppressWarnings("unchecked")
    <T> List<T> meet(int learner, T mine) {
        int round = rounds[learner];
        @Nullable Object[] all = given.computeIfAbsent(round, number -> new Object[size]);
        all[learner] = mine;
        if (!complete(learner)) {
            pause.accept(learner);
        }
        if (!waits) {
            for (int other = 0; other < size; other++) {
                all[other] = all[other] == null ? last[other] : all[other];
            }
        }
        if (Arrays.asList(all).contains(null)) {
            throw new IllegalStateException("learner " + learner + " was woken in round " + round + " too early");
        }
        last[learner] = mine;
        rounds[learner]++;
        if (Arrays.stream(rounds).min().orElse(0) > round) {
            given.remove(round);
        }
        List<T> everybody = new ArrayList<>();
        for (Object one : all) {
            everybody.add((T) Objects.requireNonNull(one));
        }
        return Collections.unmodifiableList(everybody);
    }

    /** Whether a learner that paused here can go on. */
    boolean complete(int learner) {
        @Nullable Object[] all = given.get(rounds[learner]);
        return all == null || missing(all).isEmpty() || !waits && last[0] != null && last[size - 1] != null;
    }

    /** Who has not come to the round in which a learner waits. */
    String waitsFor(int learner) {
        @Nullable Object[] all = given.get(rounds[learner]);
        return all == null ? "nobody" : "learners " + missing(all) + " in round " + rounds[learner];
    }

    private List<Integer> missing(@Nullable Object[] all) {
        List<Integer> missing = new ArrayList<>();
        for (int other = 0; other < size; other++) {
            if (all[other] == null) {
                missing.add(other);
            }
        }
        return missing;
    }
}
