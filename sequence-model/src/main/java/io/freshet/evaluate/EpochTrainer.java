package io.freshet.evaluate;

import io.freshet.kernel.AdamStep;
import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Ranking;
import io.freshet.model.Architecture;
import io.freshet.model.CounterRandom;
import io.freshet.store.Interaction;
import io.freshet.train.step.LaneThreads;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Trains an architecture in shuffled epochs over a split's training part, and ranks targets with what it has learned.
 * Deterministic in its configuration; threads change no bits.
 */
public final class EpochTrainer implements AutoCloseable {
    private final Architecture architecture;
    private final TrainingConfig config;
    private final Split split;
    private final Device device;
    private final Kernels kernels;
    private final TrainingLane[] lanes;
    private final LaneThreads threads;
    private final Adam dense;
    private final Adam rows;
    private final Floats normalized;
    private final Floats inverseNorms;
    private final Floats noBias;
    private final Floats rowsTotal;
    private final Floats normalizedTotal;
    private final Floats denseTotal;
    /** Items of the training part; others are not ranked. */
    private final boolean[] known;

    private long step;

    /** Values with their moments. */
    private final class Adam {
        final Floats values;
        final Floats first;
        final Floats second;

        Adam(float[] initial) {
            values = device.floats(initial.length);
            values.upload(initial, 0, 0, initial.length);
            first = device.floats(initial.length);
            second = device.floats(initial.length);
        }

        void apply(Floats gradient) {
            kernels.adamW(
                    new AdamStep(config.learningRate(), 0.9f, 0.98f, 1e-8f, 0f, step),
                    values.length(),
                    new Kernels.AdamState(values, first, second),
                    gradient);
        }

        float[] download() {
            float[] host = new float[values.length()];
            values.download(0, host, 0, host.length);
            return host;
        }
    }

    /** Learned values. */
    public record Weights(float[] dense, float[] rows) {}

    /** Starts from the initial weights of the configuration's seed. */
    public EpochTrainer(Architecture architecture, TrainingConfig config, Split split, Device device) {
        this.architecture = architecture;
        this.config = config;
        this.split = split;
        this.device = device;
        kernels = device.openKernels();
        int items = split.data().items();
        int d = architecture.width();
        dense = new Adam(architecture.initial(config.seed()));
        float[] initial = new float[items * d];
        float bound = (float) Math.sqrt(6.0 / (items + d));
        CounterRandom.fill(CounterRandom.mix(config.seed(), -1), initial, 0, initial.length, bound);
        rows = new Adam(initial);
        normalized = device.floats(items * d);
        inverseNorms = device.floats(items);
        noBias = device.floats(items);
        rowsTotal = device.floats(items * d);
        normalizedTotal = device.floats(items * d);
        denseTotal = device.floats(architecture.parameters());
        lanes = new TrainingLane[config.lanes()];
        for (int l = 0; l < lanes.length; l++) {
            lanes[l] = new TrainingLane(architecture, device, dense.values, items, config);
        }
        threads = new LaneThreads(config.threads());
        known = new boolean[items];
        for (int u = 0; u < split.trained().length; u++) {
            split.data().sequences().get(u).subList(0, split.trained()[u]).forEach(i -> known[(int) i.item()] = true);
        }
    }

    /** One pass over the training part; gives the mean loss of its positions. */
    public double epoch(int number) {
        List<List<Interaction>> sequences = new ArrayList<>();
        for (int u = 0; u < split.trained().length; u++) {
            int end = split.trained()[u];
            if (end >= 2) {
                int from = Math.max(0, end - architecture.window() - 1);
                sequences.add(split.data().sequences().get(u).subList(from, end));
            }
        }
        int[] order = shuffled(sequences.size(), CounterRandom.mix(config.seed(), number));
        double loss = 0;
        long positions = 0;
        for (int from = 0; from < order.length; from += config.batchSequences()) {
            int to = Math.min(order.length, from + config.batchSequences());
            List<List<Interaction>> batch = IntStream.range(from, to)
                    .mapToObj(i -> sequences.get(order[i]))
                    .sorted(Comparator.comparingInt((List<Interaction> s) -> -s.size()))
                    .toList();
            loss += step(batch);
            positions += positions(batch);
        }
        return loss / positions;
    }

    private static int[] shuffled(int n, long key) {
        int[] order = IntStream.range(0, n).toArray();
        for (int i = n - 1; i > 0; i--) {
            int j = (int) (CounterRandom.uniform(CounterRandom.mix(key, i)) * (i + 1));
            int moved = order[i];
            order[i] = order[j];
            order[j] = moved;
        }
        return order;
    }

    private int positions(List<List<Interaction>> batch) {
        int first = architecture.beginToken() ? 0 : 1;
        return batch.stream().mapToInt(s -> s.size() - first).sum();
    }

    private double step(List<List<Interaction>> batch) {
        step++;
        int items = split.data().items();
        int d = architecture.width();
        kernels.l2Normalize(items, d, rows.values, normalized, inverseNorms);
        List<List<List<Interaction>>> parts = new ArrayList<>();
        for (int l = 0; l < lanes.length; l++) {
            parts.add(new ArrayList<>());
        }
        for (int i = 0; i < batch.size(); i++) {
            int turn = i % (2 * lanes.length);
            parts.get(turn < lanes.length ? turn : 2 * lanes.length - 1 - turn).add(batch.get(i));
        }
        int positions = positions(batch);
        threads.forEach(lanes.length, l -> {
            if (!parts.get(l).isEmpty()) {
                long key = CounterRandom.mix(CounterRandom.mix(config.seed(), step), l);
                lanes[l].step(parts.get(l), positions, rows.values, normalized, key);
            }
        });
        denseTotal.fill(0, denseTotal.length(), 0);
        rowsTotal.fill(0, items * d, 0);
        normalizedTotal.fill(0, items * d, 0);
        double loss = 0;
        for (int l = 0; l < lanes.length; l++) {
            if (!parts.get(l).isEmpty()) {
                kernels.addScaled(denseTotal.length(), 1f, lanes[l].dWeights, denseTotal);
                kernels.addScaled(items * d, 1f, lanes[l].dInputs, rowsTotal);
                kernels.addScaled(items * d, 1f, lanes[l].dNormalized, normalizedTotal);
                loss += lanes[l].loss;
            }
        }
        kernels.l2NormalizeBackward(
                new Kernels.L2NormGrad(items, d, normalized, inverseNorms, normalizedTotal, rowsTotal));
        if (!Double.isFinite(loss)) {
            throw new IllegalStateException("the loss is not finite in step " + step + " of " + architecture.name()
                    + ": lower the learning rate");
        }
        dense.apply(denseTotal);
        rows.apply(rowsTotal);
        return loss;
    }

    /** A copy of what is learned. */
    public Weights weights() {
        return new Weights(dense.download(), rows.download());
    }

    /** Goes back to weights of the same architecture. */
    public void restore(Weights weights) {
        dense.values.upload(weights.dense, 0, 0, weights.dense.length);
        rows.values.upload(weights.rows, 0, 0, weights.rows.length);
    }

    /** Ranks of targets, 0 best; ties by lower item; -1 for items that training never saw. */
    public int[] rank(List<Split.Target> targets) {
        int items = split.data().items();
        kernels.l2Normalize(items, architecture.width(), rows.values, normalized, inverseNorms);
        int[] ranks = new int[targets.size()];
        threads.forEach(lanes.length, l -> {
            for (int i = l; i < ranks.length; i += lanes.length) {
                ranks[i] = rank(lanes[l], targets.get(i));
            }
        });
        return ranks;
    }

    private int rank(TrainingLane lane, Split.Target target) {
        List<Interaction> sequence = split.data().sequences().get(target.user());
        Interaction truth = sequence.get(target.at());
        int item = (int) truth.item();
        if (!known[item]) {
            return -1;
        }
        List<Interaction> context = sequence.subList(Math.max(0, target.at() - architecture.window()), target.at());
        Ranking ranking = new Ranking(known.length, architecture.width(), rows.values, inverseNorms, noBias);
        float[] scores = lane.scores(ranking, context, truth.eventTimeMillis());
        float own = scores[item];
        if (config.excludeSeen()) {
            sequence.subList(0, target.at()).forEach(seen -> scores[(int) seen.item()] = Float.NEGATIVE_INFINITY);
        }
        int rank = 0;
        for (int v = 0; v < known.length; v++) {
            rank += known[v] && (scores[v] > own || scores[v] == own && v < item) ? 1 : 0;
        }
        return rank;
    }

    @Override
    public void close() {
        threads.close();
    }
}
