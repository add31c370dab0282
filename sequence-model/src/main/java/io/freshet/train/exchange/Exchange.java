package io.freshet.train.exchange;

import io.freshet.store.LaneRange;

/**
 * What the learners of one job tell each other in a tick. Every learner owns a run of lanes: the histories of their
 * users, the rows of their items, and their slices of the dense weights. What crosses a learner's border is exchanged
 * in rounds; sums are made in lane order, wherever the lanes are, so that any number of learners ends with the bits of
 * one.
 *
 * <p>Rounds are collective: all learners make the same calls in the same order. Ticks close identically everywhere, and
 * what a round carries follows from what earlier rounds of the tick said, so nobody asks for anything.
 */
public interface Exchange {
    /** Number of learners. */
    int learners();

    /** This learner's number, from 0. */
    int self();

    /**
     * Gives everybody the same, and takes what the others give; returns when everybody has given.
     *
     * @param mine {@code [bytes]}
     * @return one entry per learner, this one's included, {@code [K, bytes]}
     * @throws IllegalStateException if a learner has left: this one cannot go on either
     */
    byte[][] allGather(byte[] mine);

    /**
     * Gives every learner its own, and takes what the others give this one; returns when everybody has given.
     *
     * @param parts one entry per learner, {@code [K, bytes]}; the one for this learner comes back as it is
     * @return one entry per learner that gave it, {@code [K, bytes]}
     * @throws IllegalStateException if a learner has left: this one cannot go on either
     */
    byte[][] allToAll(byte[][] parts);

    /** Whether there is only this learner, so that nothing needs to be exchanged. */
    default boolean alone() {
        return learners() == 1;
    }

    /** Learner that owns a lane. */
    default int ownerOf(int lane, int lanes) {
        return ownerOf(lane, lanes, learners());
    }

    /** Lanes that this learner owns. */
    default LaneRange owned(int lanes) {
        return owned(self(), lanes, learners());
    }

    /** Learner that owns a lane, of {@code learners}: runs of neighbours, whose lengths differ by one at most. */
    static int ownerOf(int lane, int lanes, int learners) {
        return lane * learners / lanes;
    }

    /** Lanes that a learner owns. */
    static LaneRange owned(int learner, int lanes, int learners) {
        int from = 0;
        while (ownerOf(from, lanes, learners) < learner) {
            from++;
        }
        int to = from;
        while (to < lanes && ownerOf(to, lanes, learners) == learner) {
            to++;
        }
        return new LaneRange(from, to);
    }

    /** For a learner that owns all lanes. */
    static Exchange local() {
        return new Exchange() {
            @Override
            public int learners() {
                return 1;
            }

            @Override
            public int self() {
                return 0;
            }

            @Override
            public byte[][] allGather(byte[] mine) {
                return new byte[][] {mine};
            }

            @Override
            public byte[][] allToAll(byte[][] parts) {
                return parts;
            }
        };
    }
}
