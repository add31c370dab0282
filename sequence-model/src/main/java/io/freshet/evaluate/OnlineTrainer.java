package io.freshet.evaluate;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.AdamStep;
import io.freshet.kernel.Ranking;
import io.freshet.model.Architecture;
import io.freshet.model.CounterRandom;
import io.freshet.store.Interaction;
import java.util.List;

/**
 * Trains any architecture step by step on a stream, with AdamW on everything: what published sequence models become
 * when they are fed event by event. It has no sparse memories, and items are numbers from 0 in order of appearance.
 */
public final class OnlineTrainer {
    private final Architecture architecture;
    private final TrainingConfig config;
    private final int capacity;
    private final Kernels kernels;
    private final TrainingLane lane;
    private final Adam dense;
    private final Adam rows;
    private final Floats normalized;
    private final Floats inverseNorms;
    private final Floats noBias;
    private long step;
    private long tokens;
    /** Whether rows changed since they were normalised. */
    private boolean stale = true;

    /** Values with their moments. */
    private record Adam(Floats values, Floats first, Floats second) {
        static Adam of(Device device, float[] initial) {
            Floats values = device.floats(initial.length);
            values.upload(initial, 0, 0, initial.length);
            return new Adam(values, device.floats(initial.length), device.floats(initial.length));
        }
    }

    /**
     * @param config of which negatives, dropout, rate and seed count
     * @param capacity most items
     */
    public OnlineTrainer(Architecture architecture, TrainingConfig config, int capacity, Device device) {
        this.architecture = architecture;
        this.config = config;
        this.capacity = capacity;
        kernels = device.openKernels();
        int d = architecture.width();
        dense = Adam.of(device, architecture.initial(config.seed()));
        float[] initial = new float[capacity * d];
        CounterRandom.fill(CounterRandom.mix(config.seed(), -1), initial, 0, initial.length, 0.02f);
        rows = Adam.of(device, initial);
        normalized = device.floats(capacity * d);
        inverseNorms = device.floats(capacity);
        noBias = device.floats(capacity);
        lane = new TrainingLane(architecture, device, dense.values, capacity, config);
    }

    private void normalize(int items) {
        if (stale || lane.known != items) {
            kernels.l2Normalize(items, architecture.width(), rows.values, normalized, inverseNorms);
            lane.known = items;
            stale = false;
        }
    }

    /**
     * One step.
     *
     * @param sequences oldest interaction first; all but the last are read
     * @param firsts for every sequence, its first target; at least 1 where there is no begin token
     * @param items number of items so far
     */
    public void step(List<List<Interaction>> sequences, int[] firsts, int items) {
        if (items > capacity) {
            throw new IllegalStateException(
                    "the stream has more than " + capacity + " items, for which this trainer has no room");
        }
        int positions = 0;
        for (int s = 0; s < firsts.length; s++) {
            positions += sequences.get(s).size() - firsts[s];
        }
        int d = architecture.width();
        step++;
        normalize(items);
        lane.step(sequences, firsts, positions, rows.values, normalized, CounterRandom.mix(config.seed(), step));
        tokens += lane.tokens;
        kernels.l2NormalizeBackward(
                new Kernels.L2NormGrad(items, d, normalized, inverseNorms, lane.dNormalized, lane.dInputs));
        if (!Double.isFinite(lane.loss)) {
            throw new IllegalStateException("the loss is not finite in step " + step + " of " + architecture.name());
        }
        apply(dense, lane.dWeights, dense.values.length());
        apply(rows, lane.dInputs, items * d);
        stale = true;
    }

    private void apply(Adam state, Floats gradient, int count) {
        kernels.adamW(
                new AdamStep(config.learningRate(), 0.9f, 0.98f, 1e-8f, 0f, step),
                count,
                new Kernels.AdamState(state.values, state.first, state.second),
                gradient);
    }

    /** Rank of an item among the first {@code items} for a history; ties by lower item. */
    public int rank(List<Interaction> history, long requestTimeMillis, int item, int items) {
        normalize(items);
        Ranking ranking = new Ranking(items, architecture.width(), rows.values, inverseNorms, noBias);
        float[] scores = lane.scores(ranking, history, requestTimeMillis);
        int rank = 0;
        for (int v = 0; v < items; v++) {
            rank += scores[v] > scores[item] || scores[v] == scores[item] && v < item ? 1 : 0;
        }
        return rank;
    }

    /** Tokens trained on so far. */
    public long tokens() {
        return tokens;
    }
}
