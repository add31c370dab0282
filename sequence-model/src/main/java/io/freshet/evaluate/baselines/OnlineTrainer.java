package io.freshet.evaluate.baselines;

import io.freshet.evaluate.TrainingConfig;
import io.freshet.evaluate.TrainingLane;
import io.freshet.evaluate.TrainingValues;
import io.freshet.kernel.Device;
import io.freshet.model.Architecture;
import io.freshet.model.CounterRandom;
import io.freshet.store.Interaction;
import java.util.List;

/**
 * Trains any architecture step by step on a stream, with AdamW on everything: what published sequence models become
 * when they are fed event by event. It has no sparse memories, and items are numbers from 0 in order of appearance.
 */
final class OnlineTrainer {
    /** Initial embeddings are uniform below this. */
    private static final float BOUND = 0.02f;

    private final TrainingConfig config;
    private final TrainingValues values;
    private final TrainingLane lane;
    private long tokens;

    /**
     * @param config of which negatives, dropout, rate and seed count
     * @param capacity most items
     */
    OnlineTrainer(Architecture architecture, TrainingConfig config, int capacity, Device device) {
        this.config = config;
        values = new TrainingValues(architecture, config, capacity, BOUND, device);
        lane = new TrainingLane(architecture, device, values, config);
    }

    /**
     * One step.
     *
     * @param sequences oldest interaction first; all but the last are read
     * @param firsts for every sequence, its first target; at least 1 where there is no begin token
     * @param items number of items so far
     * @throws IllegalStateException if there are more items than the capacity, or the loss is not finite
     */
    void step(List<List<Interaction>> sequences, int[] firsts, int items) {
        if (items > values.capacity()) {
            throw new IllegalStateException(
                    "the stream has " + items + " items, this trainer has memory for " + values.capacity());
        }
        int positions = 0;
        for (int s = 0; s < firsts.length; s++) {
            positions += sequences.get(s).size() - firsts[s];
        }
        values.begin(items);
        lane.step(sequences, firsts, positions, CounterRandom.mix(config.seed(), values.step()));
        tokens += lane.tokens();
        values.apply(lane.gradients(), lane.loss());
    }

    /** Rank of an item among the first {@code items} for a history; ties by lower item. */
    int rank(List<Interaction> history, long requestTimeMillis, int item, int items) {
        values.normalize(items);
        float[] scores = lane.scores(history, requestTimeMillis);
        int rank = 0;
        for (int v = 0; v < items; v++) {
            rank += scores[v] > scores[item] || scores[v] == scores[item] && v < item ? 1 : 0;
        }
        return rank;
    }

    /** Tokens trained on so far. */
    long tokens() {
        return tokens;
    }
}
