package io.freshet.evaluate.epochs;

import io.freshet.evaluate.TrainingConfig;
import io.freshet.evaluate.TrainingGradients;
import io.freshet.evaluate.TrainingLane;
import io.freshet.evaluate.TrainingValues;
import io.freshet.kernel.Device;
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
    private final TrainingValues values;
    private final List<TrainingLane> lanes = new ArrayList<>();
    private final LaneThreads threads;
    /** Gradients of a step, summed over its lanes. */
    private final TrainingGradients total;
    /** Whether an item is in the training part; others are not ranked. */
    private final boolean[] rankable; // [V]

    /** Starts from the initial weights of the configuration's seed. */
    public EpochTrainer(Architecture architecture, TrainingConfig config, Split split, Device device) {
        this.architecture = architecture;
        this.config = config;
        this.split = split;
        int items = split.data().items();
        values = new TrainingValues(
                architecture, config, items, CounterRandom.glorot(items, architecture.width()), device);
        total = values.newGradients();
        for (int l = 0; l < config.lanes(); l++) {
            lanes.add(new TrainingLane(architecture, device, values, config));
        }
        threads = new LaneThreads(config.threads());
        rankable = new boolean[items];
        for (int u = 0; u < split.trained().length; u++) {
            split.data()
                    .sequences()
                    .get(u)
                    .subList(0, split.trained()[u])
                    .forEach(i -> rankable[(int) i.item()] = true);
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
        values.begin(rankable.length);
        List<List<List<Interaction>>> parts = dealt(batch);
        int positions = positions(batch);
        threads.forEach(lanes.size(), l -> {
            if (!parts.get(l).isEmpty()) {
                long key = CounterRandom.mix(CounterRandom.mix(config.seed(), values.step()), l);
                lanes.get(l).step(parts.get(l), positions, key);
            }
        });
        List<TrainingLane> busy = IntStream.range(0, lanes.size())
                .filter(l -> !parts.get(l).isEmpty())
                .mapToObj(lanes::get)
                .toList();
        values.sum(busy, total);
        double loss = 0;
        for (TrainingLane lane : busy) {
            loss += lane.loss();
        }
        values.apply(total, loss);
        return loss;
    }

    /** Sequences of each lane, from the longest on dealt to and fro, so that the lanes' work is about the same. */
    private List<List<List<Interaction>>> dealt(List<List<Interaction>> batch) {
        int n = lanes.size();
        List<List<List<Interaction>>> parts = new ArrayList<>();
        for (int l = 0; l < n; l++) {
            parts.add(new ArrayList<>());
        }
        for (int i = 0; i < batch.size(); i++) {
            int turn = i % (2 * n);
            parts.get(turn < n ? turn : 2 * n - 1 - turn).add(batch.get(i));
        }
        return parts;
    }

    /** A copy of what is learned. */
    public TrainingValues.Weights weights() {
        return values.weights();
    }

    /** Goes back to weights of the same architecture. */
    public void restore(TrainingValues.Weights weights) {
        values.restore(weights);
    }

    /** Ranks of targets, 0 best; ties by lower item; -1 for items that training never saw. */
    public int[] rank(List<Split.Target> targets) {
        values.normalize(rankable.length);
        int[] ranks = new int[targets.size()];
        threads.forEach(lanes.size(), l -> {
            for (int i = l; i < ranks.length; i += lanes.size()) {
                ranks[i] = rank(lanes.get(l), targets.get(i));
            }
        });
        return ranks;
    }

    private int rank(TrainingLane lane, Split.Target target) {
        List<Interaction> sequence = split.data().sequences().get(target.user());
        Interaction truth = sequence.get(target.at());
        int item = (int) truth.item();
        if (!rankable[item]) {
            return -1;
        }
        List<Interaction> context = sequence.subList(Math.max(0, target.at() - architecture.window()), target.at());
        float[] scores = lane.scores(context, truth.eventTimeMillis());
        float own = scores[item];
        if (config.excludeSeen()) {
            sequence.subList(0, target.at()).forEach(seen -> scores[(int) seen.item()] = Float.NEGATIVE_INFINITY);
        }
        int rank = 0;
        for (int v = 0; v < rankable.length; v++) {
            rank += rankable[v] && (scores[v] > own || scores[v] == own && v < item) ? 1 : 0;
        }
        return rank;
    }

    @Override
    public void close() {
        threads.close();
    }
}
