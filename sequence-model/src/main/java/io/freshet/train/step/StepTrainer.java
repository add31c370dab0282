package io.freshet.train.step;

import io.freshet.kernel.Device;
import io.freshet.model.CounterRandom;
import io.freshet.model.ModelConfig;
import io.freshet.model.items.ItemDirectory;
import io.freshet.store.Interaction;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.items.ItemShards;
import io.freshet.train.loss.NegativeSampler;
import io.freshet.train.loss.StepContext;
import io.freshet.train.loss.StepPositions;
import io.freshet.train.prequential.Prequential;
import io.freshet.train.prequential.RankedEvent;
import io.freshet.train.tick.LearnerCounters;
import io.freshet.train.tick.ReplayReservoir;
import io.freshet.train.tick.StepGuard;
import io.freshet.train.tick.TickPlan;
import io.freshet.train.tick.TrainingSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a tick: its micro-batches, then past sequences again. Ranks of a step's targets are reported before the
 * step is in the model, and its co-occurrences are counted after it.
 */
public final class StepTrainer implements AutoCloseable {
    /** Draws of a step without any, {@code [0]}. */
    private static final int[] NOTHING = {};

    private final ModelConfig model;
    private final TrainingConfig config;
    private final ItemShards items;
    private final ItemDirectory directory;
    private final OptimizerStep step;
    private final ReplayReservoir replay;
    private final StepPositions positions;
    private final NegativeSampler sampler = new NegativeSampler();
    private final List<RankedEvent> ranked = new ArrayList<>();
    private long tick;
    private int rankable;
    private double lossSum;
    private long lossCount;
    private double gradientNorm;

    /** A trainer with initial weights of the items that a learner holds. */
    public StepTrainer(ModelConfig model, TrainingConfig config, Device device, Exchange exchange, ItemShards items) {
        this.model = model;
        this.config = config;
        this.items = items;
        directory = items.directory();
        step = new OptimizerStep(model, config, device, exchange, items);
        replay = new ReplayReservoir(config.replayRatio(), model.seed());
        positions = new StepPositions(items.lanes(), model);
    }

    /** Dense weights and their optimizer. */
    public DenseWeights dense() {
        return step.dense();
    }

    /**
     * Begins a tick.
     *
     * @param now number of the tick
     * @param rankableItems items whose itemIndex is below this can be ranked: the catalogue before the tick
     */
    public void beginTick(long now, int rankableItems) {
        tick = now;
        rankable = rankableItems;
        lossSum = 0;
        lossCount = 0;
        gradientNorm = 0;
        ranked.clear();
        sampler.prepare(directory, now);
    }

    /** Learns from a tick. Of a step that a guard fails nothing is in the state, the report or the ranks. */
    public void learn(TickPlan plan, LearnerCounters counters, Prequential prequential) {
        List<List<List<TrainingSequence>>> batches = plan.batches(items.lanes(), model, config.batchTokens());
        replay.extend(batches, config.batchTokens(), item -> directory.indexOf(item) >= 0);
        int steps = batches.stream().mapToInt(List::size).max().orElse(0);
        for (int s = 0; s < steps; s++) {
            List<List<TrainingSequence>> sequences = new ArrayList<>();
            for (List<List<TrainingSequence>> lane : batches) {
                sequences.add(s < lane.size() ? lane.get(s) : List.of());
            }
            positions.layOut(sequences, directory);
            if (positions.count() > 0) {
                boolean taken = take(s, sequences, counters);
                if (!positions.replayed()) {
                    if (taken) {
                        report(prequential);
                    }
                    countCoOccurrences();
                }
            }
        }
    }

    private boolean take(int s, List<List<TrainingSequence>> sequences, LearnerCounters counters) {
        StepGuard failed = step.run(sequences, positions, context(s), counters.steps() + 1);
        if (failed != null) {
            counters.skippedStep(failed);
            return false;
        }
        lossSum += step.losses();
        lossCount += positions.count();
        gradientNorm = step.gradientNorm();
        counters.step(step.tokens());
        return true;
    }

    private StepContext context(int s) {
        boolean full = directory.size() <= config.softmax().fullSoftmaxItems();
        int[] draws = full ? NOTHING : new int[config.softmax().negatives()];
        long key = CounterRandom.mix(CounterRandom.mix(model.seed(), tick), s);
        for (int n = 0; n < draws.length; n++) {
            draws[n] = sampler.draw(key, n);
        }
        return new StepContext(tick, rankable, step.dense().logitWeights(), full, draws, sampler);
    }

    private void report(Prequential prequential) {
        for (int i = 0; i < positions.count(); i++) {
            int rank = positions.itemIndex(i) < rankable ? step.rank(i) : Integer.MAX_VALUE;
            prequential.model(rank);
            ranked.add(new RankedEvent(positions.target(i).eventId(), rank == Integer.MAX_VALUE ? -1 : rank));
        }
    }

    /** Counts what was wanted behind what: neither what was refused nor what was only shown is near anything. */
    private void countCoOccurrences() {
        for (int i = 0; i < positions.count(); i++) {
            List<Interaction> wanted = positions.reading(i).wanted();
            for (int lag = 1; lag <= wanted.size(); lag++) {
                int source = directory.indexOf(wanted.get(wanted.size() - lag).item());
                if (source >= 0) {
                    items.countCoOccurrence(source, positions.itemIndex(i), lag);
                }
            }
        }
    }

    /** Ranks that this tick's events had before they were learned from, in order of learning. */
    public List<RankedEvent> ranked() {
        return List.copyOf(ranked);
    }

    /** Mean loss of the tick's positions, without those of skipped steps; NaN if there were none. */
    public double meanLoss() {
        return lossCount == 0 ? Double.NaN : lossSum / lossCount;
    }

    /** Norm of the dense gradient in the tick's last step that was taken; 0 if there was none. */
    public double gradientNorm() {
        return gradientNorm;
    }

    /** A number that follows from all steps since this was opened; learners of one job have the same. */
    public long fingerprint() {
        return step.fingerprint();
    }

    /**
     * What an owned lane keeps of its own, by name.
     *
     * @return its share of the dense state, see {@link DenseWeights#restore}, and what its gradients lost, {@code [P]}
     */
    public Map<String, float[]> ownTensors(int lane) {
        Map<String, float[]> tensors = step.dense().ownTensors(lane);
        float[] residual = step.gradients().residual(lane);
        if (residual != null) {
            tensors.put(DenseWeights.RESIDUAL, residual);
        }
        return tensors;
    }

    /**
     * Takes what an owned lane's gradients had lost, {@code saved [P]}.
     *
     * @throws IllegalStateException if there is none and gradients are compressed
     */
    public void restoreResidual(int lane, float @Nullable [] saved) {
        step.gradients().restoreResidual(lane, saved);
    }

    /**
     * Adds the reservoir of past sequences.
     *
     * @param attributes those of lane 0, by name, {@code [bytes]} each
     */
    public void saveReplay(Map<String, byte[]> attributes) {
        replay.save(attributes);
    }

    /** Takes the reservoir of past sequences as it was, {@code saved [bytes]}; nothing if there is none. */
    public void restoreReplay(byte @Nullable [] saved) {
        replay.restore(saved);
    }

    /** How evenly the work was spread since this was opened. */
    public LaneBalance balance() {
        return step.balance();
    }

    @Override
    public void close() {
        step.close();
    }
}
