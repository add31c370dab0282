package io.freshet.train.step;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.model.CounterRandom;
import io.freshet.model.ItemDirectory;
import io.freshet.model.ModelConfig;
import io.freshet.store.Interaction;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.exchange.GradientCodec;
import io.freshet.train.items.ItemShards;
import io.freshet.train.loss.NegativeSampler;
import io.freshet.train.loss.RowOptimizer;
import io.freshet.train.loss.ShardLoss;
import io.freshet.train.loss.StepContext;
import io.freshet.train.loss.StepLoss;
import io.freshet.train.loss.StepPositions;
import io.freshet.train.prequential.Prequential;
import io.freshet.train.prequential.RankedEvent;
import io.freshet.train.tick.LearnerCounters;
import io.freshet.train.tick.ReplayReservoir;
import io.freshet.train.tick.StepGuard;
import io.freshet.train.tick.TickPlan;
import io.freshet.train.tick.TrainingSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The optimizer steps of a tick. In a step every lane encodes its micro-batch, every lane's items give their part of
 * one loss over all queries, every lane computes gradients, and their sums in lane order move rows and weights.
 */
public final class StepTrainer implements AutoCloseable {
    private static final int[] NOTHING = {};

    private final ModelConfig model;
    private final TrainingConfig config;
    private final ItemShards items;
    private final ItemDirectory directory;
    private final DenseWeights dense;
    private final LaneTrainer[] lanes;
    /** Of owned lanes; null elsewhere. */
    private final ShardLoss[] shards;

    private final int[] owned;
    private final LaneThreads threads;
    private final WorkBalance balance;
    private final StepRounds rounds;
    private final ReplayReservoir replay;
    private final StepPositions positions;
    private final StepLoss loss;
    private final StepSums sums = new StepSums();
    private final NegativeSampler sampler = new NegativeSampler();
    private final RowOptimizer rowOptimizer;
    private final Device device;
    /** Dense gradients of every lane, {@code [lanes][P]}. */
    private final float[][] gradients;

    private final GradientCodec[] codecs;
    /** What owned lanes' gradients lost on their way, {@code [lanes][P]}; empty where nothing is lost. */
    private final float[][] residuals;

    private final List<RankedEvent> ranked = new ArrayList<>();
    private Floats queries;
    private Floats dQueries;
    private float[] hostGradients = new float[0];
    private long tick;
    private int known;
    private double lossSum;
    private long lossCount;
    private double gradientNorm;
    private long fingerprint;

    public StepTrainer(
            ModelConfig model,
            TrainingConfig config,
            Device device,
            Exchange exchange,
            ItemShards items,
            int laneCount) {
        this.model = model;
        this.config = config;
        this.device = device;
        this.items = items;
        directory = items.directory();
        dense = new DenseWeights(model, config.softmax().biases(), laneCount, device);
        int count = dense.weights().count();
        gradients = new float[laneCount][count];
        residuals = new float[laneCount][config.compression().keepsResiduals() ? count : 0];
        codecs = new GradientCodec[laneCount];
        Arrays.setAll(codecs, lane -> new GradientCodec(config.compression().gradients()));
        int maxTokens = Math.max(config.batchTokens(), model.window());
        lanes = new LaneTrainer[laneCount];
        shards = new ShardLoss[laneCount];
        owned = IntStream.range(items.owned().from(), items.owned().to()).toArray();
        for (int lane = 0; lane < laneCount; lane++) {
            lanes[lane] = new LaneTrainer(model, device, maxTokens);
        }
        for (int lane : owned) {
            shards[lane] = new ShardLoss(model, device, items.shard(lane), directory);
        }
        threads = new LaneThreads(config.threads());
        balance = new WorkBalance(
                exchange, laneCount, config.threads(), config.compression().keepsResiduals());
        rounds = new StepRounds(model, exchange, lanes, items, balance, dense, config.compression());
        replay = new ReplayReservoir(config.replayRatio(), model.seed());
        positions = new StepPositions(laneCount, model);
        loss = new StepLoss(laneCount);
        rowOptimizer = new RowOptimizer(
                config.optimizer().rowLearningRate(), config.optimizer().rowDecay());
        queries = device.floats(0);
        dQueries = device.floats(0);
    }

    public DenseWeights dense() {
        return dense;
    }

    public void beginTick(long now, int knownItems) {
        tick = now;
        known = knownItems;
        lossSum = 0;
        lossCount = 0;
        gradientNorm = 0;
        ranked.clear();
        sampler.prepare(directory, now);
    }

    public void learn(TickPlan plan, LearnerCounters counters, Prequential prequential) {
        List<List<List<TrainingSequence>>> batches = plan.batches(lanes.length, model, config.batchTokens());
        replay.extend(batches, config.batchTokens(), item -> directory.indexOf(item) >= 0);
        int steps = batches.stream().mapToInt(List::size).max().orElse(0);
        for (int s = 0; s < steps; s++) {
            List<List<TrainingSequence>> step = new ArrayList<>();
            for (List<List<TrainingSequence>> lane : batches) {
                step.add(s < lane.size() ? lane.get(s) : List.of());
            }
            positions.layOut(step, directory);
            if (positions.count() > 0) {
                boolean taken = step(s, step, counters);
                if (!positions.replayed()) {
                    if (taken) {
                        report(prequential);
                    }
                    countTransitions();
                }
            }
        }
    }

    /** Takes a step, or skips it if a guard says so: then nothing of it is in the state, the report or the ranks. */
    private boolean step(int s, List<List<TrainingSequence>> step, LearnerCounters counters) {
        StepContext context = context(s);
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane].layOut(step.get(lane), directory);
        }
        balance.deal(lanes);
        threads.forEach(owned, lane -> fetch(lane, context));
        rounds.inputRows(shards);
        threads.forEach(balance.here(), lane -> {
            lanes[lane].forward(step.get(lane), directory, dense.weights());
            lanes[lane].avert(positions, lane, directory);
        });
        reserve(positions.count() * model.width());
        rounds.queries(positions, queries);
        threads.forEach(owned, lane -> shards[lane].forward(queries, positions, context));
        loss.begin(positions.count());
        rounds.partials(positions, shards, loss);
        double losses = loss.total(positions.count());
        float[] scores = loss.targetScores();
        threads.forEach(
                owned,
                lane -> shards[lane].backward(
                        queries, positions, context, loss.factors(lane, positions.count()), scores));
        rounds.queryGradients(positions, shards, hostGradients);
        threads.forEach(balance.here(), this::backward);
        rounds.gradients(shards, gradients);
        rounds.sums(positions, shards, sums);
        long tokens = Arrays.stream(lanes).mapToLong(LaneTrainer::tokens).sum();
        fingerprint = CounterRandom.mix(fingerprint, Double.doubleToLongBits(losses));
        fingerprint = CounterRandom.mix(fingerprint, Double.doubleToLongBits(sums.norm()));
        StepGuard failed = sums.failed(losses);
        if (failed != null) {
            counters.skippedStep(failed);
            return false;
        }
        lossSum += losses;
        lossCount += positions.count();
        apply(counters.steps() + 1);
        counters.step(tokens);
        return true;
    }

    private StepContext context(int s) {
        boolean full = directory.size() <= config.softmax().fullSoftmaxItems();
        int[] draws = full ? NOTHING : new int[config.softmax().negatives()];
        long key = CounterRandom.mix(CounterRandom.mix(model.seed(), tick), s);
        for (int n = 0; n < draws.length; n++) {
            draws[n] = sampler.draw(key, n);
        }
        return new StepContext(tick, known, dense.priors(), full, draws, sampler);
    }

    private void fetch(int shard, StepContext context) {
        shards[shard].select(positions, context);
        for (LaneTrainer lane : lanes) {
            for (int i = 0; i < lane.inputs(); i++) {
                if (items.laneOf(lane.input(i)) == shard) {
                    shards[shard].addInput(lane.input(i));
                }
            }
        }
        shards[shard].fetch();
    }

    private void reserve(int values) {
        if (queries.length() < values) {
            queries = device.floats(2 * values);
            dQueries = device.floats(2 * values);
            hostGradients = new float[2 * values];
        }
    }

    private void backward(int lane) {
        int from = positions.from(lane) * model.width();
        int count = positions.count(lane) * model.width();
        Floats mine = dQueries.slice(from, count);
        mine.upload(hostGradients, from, 0, count);
        lanes[lane].backward(dense.weights(), mine);
        lanes[lane].gradient().block().download(0, gradients[lane], 0, gradients[lane].length);
        for (int slice = 0; config.compression().keepsResiduals() && slice < lanes.length; slice++) {
            DenseWeights.Range range = dense.slice(slice);
            codecs[lane].quantise(gradients[lane], residuals[lane], range.from(), range.to());
        }
    }

    private void apply(long step) {
        gradientNorm = sums.norm();
        float factor = gradientNorm > config.optimizer().gradientClip()
                ? (float) (config.optimizer().gradientClip() / gradientNorm)
                : 1f;
        float rate = config.optimizer().denseLearningRate()
                * Math.min(1f, (float) step / config.optimizer().warmUpSteps());
        threads.forEach(owned, lane -> {
            dense.update(lane, rate, factor, step);
            shards[lane].update(rowOptimizer, step);
        });
        // Replayed sequences are known to the counts, and their time's popularity is not today's.
        if (!positions.replayed()) {
            dense.updatePriors(sums.priors(), rate, factor, step);
        }
        rounds.weights();
    }

    private void report(Prequential prequential) {
        for (int i = 0; i < positions.count(); i++) {
            int rank = positions.itemIndex(i) < known ? sums.rank(i) : Integer.MAX_VALUE;
            prequential.model(rank);
            ranked.add(new RankedEvent(positions.target(i).eventId(), rank == Integer.MAX_VALUE ? -1 : rank));
        }
    }

    /** Counts what was wanted behind what: neither what was refused nor what was only shown is near anything. */
    private void countTransitions() {
        for (int i = 0; i < positions.count(); i++) {
            List<Interaction> wanted = positions.reading(i).wanted();
            for (int lag = 1; lag <= wanted.size(); lag++) {
                int source = directory.indexOf(wanted.get(wanted.size() - lag).item());
                if (source >= 0) {
                    items.countTransition(source, positions.itemIndex(i), lag);
                }
            }
        }
    }

    /** Ranks that this tick's events had before they were learned from, in order of learning. */
    public List<RankedEvent> ranked() {
        return List.copyOf(ranked);
    }

    public double meanLoss() {
        return lossCount == 0 ? Double.NaN : lossSum / lossCount;
    }

    public double gradientNorm() {
        return gradientNorm;
    }

    /** A number that follows from all steps since this was opened; learners of one job have the same. */
    public long fingerprint() {
        return fingerprint;
    }

    /** What an owned lane keeps of its own: its share of the dense state, and what its gradients lost. */
    public Map<String, float[]> ownTensors(int lane) {
        Map<String, float[]> tensors = dense.ownTensors(lane);
        if (config.compression().keepsResiduals()) {
            tensors.put(DenseWeights.RESIDUAL, residuals[lane].clone());
        }
        return tensors;
    }

    /** Takes what an owned lane's gradients had lost. */
    public void restoreResidual(int lane, float @Nullable [] saved) {
        if (!config.compression().keepsResiduals()) {
            return;
        }
        if (saved == null || saved.length != residuals[lane].length) {
            throw new IllegalStateException(
                    "lane " + lane + " has no residual of compressed gradients: the snapshot was"
                            + " learned with another exchange.gradients");
        }
        residuals[lane] = saved;
    }

    public void saveReplay(Map<String, byte[]> attributes) {
        replay.save(attributes);
    }

    public void restoreReplay(byte @Nullable [] saved) {
        replay.restore(saved);
    }

    public LaneBalance balance() {
        return balance.report(rounds.bytes());
    }

    @Override
    public void close() {
        threads.close();
    }
}
