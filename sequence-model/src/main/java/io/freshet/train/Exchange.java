package io.freshet.train;

/**
 * What the learners of one job tell each other in a tick. Every learner holds all weights and all rows, and computes
 * some
 * of the lanes; what lanes bring (events, queries, gradients) is shared, and everybody applies the same sums in the
 * same
 * order, so that all stay equal to the bit.
 *
 * <p>Sharing is collective: all learners make the same calls in the same order. Ticks close identically everywhere, so
 * nobody has to ask whether there is another call.
 */
public interface Exchange {
    /** Whether a lane is computed here. */
    boolean owns(int lane);

    /** Whether all lanes are computed here, so that nothing needs to be shared. */
    boolean alone();

    /**
     * Gives what lanes computed here bring, and takes what the others bring; returns when everybody has given.
     *
     * @param lanes one entry per lane; those of lanes that are computed elsewhere are not read
     * @return one entry per lane, in lane order
     * @throws IllegalStateException if a learner is gone: this one cannot go on either
     */
    byte[][] share(byte[][] lanes);

    /** For a learner that computes all lanes. */
    static Exchange local() {
        return new Exchange() {
            @Override
            public boolean owns(int lane) {
                return true;
            }

            @Override
            public boolean alone() {
                return true;
            }

            @Override
            public byte[][] share(byte[][] lanes) {
                return lanes;
            }
        };
    }
}
