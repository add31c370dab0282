package io.freshet.evaluate.baselines;

import io.freshet.evaluate.StreamRecommender;
import io.freshet.kernel.Device;
import java.util.List;

/** Makes the recommenders of the literature. */
public final class Baselines {
    private Baselines() {}

    /**
     * One of each, knowing nothing yet.
     *
     * @param halfLife of those that decay, in events
     * @param tickEvents events of a step of SASRec
     */
    public static List<StreamRecommender> all(double halfLife, int tickEvents, Device device) {
        return List.of(
                new Popularity(),
                new DecayedPopularity(halfLife),
                new MarkovChain(),
                new ItemNeighbours(halfLife),
                new SessionNeighbours(false),
                new SessionNeighbours(true),
                new OnlineSasRec(tickEvents, device));
    }
}
