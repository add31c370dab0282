package io.freshet.evaluate.baselines;

import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.store.Interaction;
import java.util.Arrays;
import java.util.List;

/** The most seen items, every sighting's weight halved again and again as events pass. */
final class DecayedPopularity implements StreamRecommender {
    private final double halfLife;
    private final ItemScores items = new ItemScores();
    private double[] weights = new double[1024]; // [V]
    private long events;

    /** @param halfLife events in which a sighting loses half its weight */
    DecayedPopularity(double halfLife) {
        this.halfLife = halfLife;
    }

    @Override
    public String name() {
        return "decayed popularity";
    }

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.indexOf(event.log().item());
        if (index < 0) {
            return -1;
        }
        int rank = 0;
        for (int v = 0; v < items.size(); v++) {
            rank += weights[v] > weights[index] || weights[v] == weights[index] && v < index ? 1 : 0;
        }
        return rank;
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.see(event.log().item());
        if (index >= weights.length) {
            weights = Arrays.copyOf(weights, 2 * index);
        }
        // A later sighting weighs more, rather than all earlier ones less.
        weights[index] += Math.pow(2, events / halfLife);
        if (++events >= 500 * halfLife) {
            for (int v = 0; v < items.size(); v++) {
                weights[v] *= Math.pow(2, -events / halfLife);
            }
            events = 0;
        }
    }
}
