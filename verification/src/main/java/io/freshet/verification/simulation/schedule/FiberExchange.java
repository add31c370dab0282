package io.freshet.verification.simulation.schedule;

import io.freshet.train.exchange.Exchange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the learners of one incarnation meet: in every round each gives something and gets what all gave. The scheduler
 * decides who comes next; who has to wait pauses.
 */
public final class FiberExchange {
    private final int size;
    private final boolean waits;
    private final int[] rounds;
    private final TreeMap<Integer, @Nullable Object[]> given = new TreeMap<>();
    private final @Nullable Object[] last;

    /** @param waits false for the planted bug that takes what is there */
    public FiberExchange(int size, boolean waits) {
        this.size = size;
        this.waits = waits;
        rounds = new int[size];
        last = new Object[size];
    }

    /** The exchange of a learner. */
    public Exchange exchange(int self) {
        return size == 1 ? Exchange.local() : new Member(self);
    }

    private final class Member implements Exchange {
        private final int self;

        Member(int self) {
            this.self = self;
        }

        @Override
        public int learners() {
            return size;
        }

        @Override
        public int self() {
            return self;
        }

        @Override
        public byte[][] allGather(byte[] mine) {
            return meet(self, mine).toArray(new byte[0][]);
        }

        @Override
        public byte[][] allToAll(byte[][] parts) {
            return meet(self, parts).stream().map(theirs -> theirs[self]).toArray(byte[][]::new);
        }
    }

    /** Gives something for the next round; returns what all gave, by learner. */
    @SuppressWarnings("unchecked")
    private <T> List<T> meet(int learner, T mine) {
        int round = rounds[learner];
        @Nullable Object[] all = given.computeIfAbsent(round, number -> new Object[size]);
        all[learner] = mine;
        if (!complete(all)) {
            Objects.requireNonNull(Fiber.current())
                    .pause(new Fiber.Wait(() -> complete(all), 0, "the other learners in round " + round));
        }
        for (int other = 0; other < size && !waits; other++) {
            all[other] = all[other] == null && last[other] != null && last[other].getClass() == mine.getClass()
                    ? last[other]
                    : all[other];
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
        return everybody;
    }

    private boolean complete(@Nullable Object[] all) {
        for (int other = 0; other < size; other++) {
            if (all[other] == null && (waits || last[other] == null)) {
                return false;
            }
        }
        return true;
    }
}
