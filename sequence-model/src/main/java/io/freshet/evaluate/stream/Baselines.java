package io.freshet.evaluate.stream;

import io.freshet.kernel.Device;
import java.util.List;

/** The contenders from the literature. */
final class Baselines {
    private Baselines() {}

    /**
     * One of each, knowing nothing yet.
     *
     * @param halfLife of those that decay, in events
     * @param tickEvents events of a step of SASRec
     */
    static List<Contender> all(double halfLife, int tickEvents, Device device) {
        return List.of(
                new Popularity(),
                new DecayedPopularity(halfLife),
                new MarkovChain(),
                new ItemNeighbours(halfLife),
                new SessionNeighbours(false),
                new SessionNeighbours(true),
                new SequenceContender(tickEvents, device));
    }
}
