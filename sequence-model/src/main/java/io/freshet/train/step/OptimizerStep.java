package io.freshet.train.step;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.model.CounterRandom;
import io.freshet.model.ModelConfig;
import io.freshet.model.items.ItemDirectory;
import io.freshet.train.exchange.Collectives;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.exchange.GradientCodec;
import io.freshet.train.exchange.RowCodec;
import io.freshet.train.items.ItemShards;
import io.freshet.train.loss.RowOptimizer;
import io.freshet.train.loss.ShardLoss;
import io.freshet.train.loss.StepContext;
import io.freshet.train.loss.StepLoss;
import io.freshet.train.loss.StepPositions;
import io.freshet.train.tick.StepGuard;
import io.freshet.train.tick.TrainingSequence;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One optimizer step: every lane encodes its micro-batch, every shard gives its part of one loss over all queries,
 * every lane computes gradients, and their sums in lane order move rows and weights, unless a guard fails.
 */
final class OptimizerStep implements AutoCloseable {
    private final OptimizerConfig config;
    private final int width;
    private final Device device;
    private final ItemShards items;
    private final ItemDirectory directory;
    private final DenseWeights dense;
    private final DenseOptimizer denseOptimizer;
    /** By lane, {@code [L]}: whoever computes a lane may be any learner. */
    private final LaneTrainer[] lanes;
    /** By lane, {@code [L]}; null where the lane is another learner's. */
    private final ShardLoss[] shards;

    /** Lanes whose shards are here, {@code [owned]}. */
    private final int[] owned;

    private final LaneThreads threads;
    private final WorkBalance balance;
    private final Collectives collectives;
    private final InputRowExchange inputRows;
    private final QueryExchange queryExchange;
    private final LossExchange lossExchange;
    private final GradientExchange gradientExchange;
    private final LaneGradients gradients;
    private final RowOptimizer rowOptimizer;
    private final StepLoss loss;
    private final StepSums sums = new StepSums();
    /** Queries of all lanes, {@code [M, D]}. */
    private Floats queries;
    /** Gradients of the queries of lanes that are computed here, {@code [M, D]}. */
    private Floats dQueries;
    /** {@link #dQueries} on the host, {@code [M, D]}. */
    private float[] hostGradients = new float[0];

    private double losses;
    private long fingerprint;

    OptimizerStep(ModelConfig model, TrainingConfig training, Device device, Exchange exchange, ItemShards items) {
        this.config = training.optimizer();
        this.device = device;
        this.items = items;
        width = model.width();
        directory = items.directory();
        int laneCount = items.lanes();
        dense = new DenseWeights(model, training.softmax().biases(), laneCount, device);
        denseOptimizer = new DenseOptimizer(dense, model, training.softmax().biases(), laneCount, device);
        gradients = new LaneGradients(training.compression(), dense, laneCount);
        lanes = new LaneTrainer[laneCount];
        shards = new ShardLoss[laneCount];
        owned = IntStream.range(items.owned().from(), items.owned().to()).toArray();
        int maxTokens = Math.max(training.batchTokens(), model.window());
        Arrays.setAll(lanes, lane -> new LaneTrainer(model, device, maxTokens));
        for (int lane : owned) {
            shards[lane] = new ShardLoss(model, device, items.shard(lane), directory);
        }
        threads = new LaneThreads(training.threads());
        balance = new WorkBalance(
                exchange, laneCount, training.threads(), training.compression().keepsResiduals());
        collectives = new Collectives(exchange);
        LanePlacement placement = new LanePlacement(exchange, items, balance, laneCount);
        RowCodec rowCodec = new RowCodec(width, training.compression().rows());
        inputRows = new InputRowExchange(collectives, placement, rowCodec);
        queryExchange = new QueryExchange(collectives, placement, width);
        lossExchange = new LossExchange(collectives, placement, items);
        gradientExchange = new GradientExchange(
                collectives,
                placement,
                dense,
                denseOptimizer,
                rowCodec,
                new GradientCodec(training.compression().gradients()));
        rowOptimizer = new RowOptimizer(config.rowLearningRate(), config.rowDecay());
        loss = new StepLoss(laneCount);
        queries = device.floats(0);
        dQueries = device.floats(0);
    }

    /**
     * Computes a step, and takes it unless a guard fails; then nothing of it is in the state.
     *
     * @param step the lanes' micro-batches, {@code [L]}
     * @param number of the step if it is taken, from 1
     * @return the guard that failed; null if the step was taken
     */
    @Nullable
    StepGuard run(List<List<TrainingSequence>> step, StepPositions positions, StepContext context, long number) {
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane].layOut(step.get(lane), directory);
        }
        balance.assign(lanes);
        threads.forEach(owned, lane -> fetch(lane, positions, context));
        inputRows.gather(lanes, shards);
        threads.forEach(balance.computedHere(), lane -> {
            lanes[lane].forward(step.get(lane), directory, dense.weights());
            lanes[lane].avert(positions, lane, directory);
        });
        reserve(positions.count() * width);
        queryExchange.gather(lanes, positions, queries);
        threads.forEach(owned, lane -> shards[lane].forward(queries, positions, context));
        loss.begin(positions.count());
        lossExchange.gatherPartials(positions, shards, loss);
        losses = loss.total(positions.count());
        float[] scores = loss.targetScores();
        threads.forEach(
                owned,
                lane -> shards[lane].backward(
                        queries, positions, context, loss.factors(lane, positions.count()), scores));
        queryExchange.reduceGradients(positions, shards, hostGradients);
        threads.forEach(balance.computedHere(), lane -> backward(lane, positions));
        gradientExchange.reduce(lanes, shards, gradients.all());
        lossExchange.gatherSums(positions, shards, denseOptimizer, sums);
        fingerprint = CounterRandom.mix(fingerprint, Double.doubleToLongBits(losses));
        fingerprint = CounterRandom.mix(fingerprint, Double.doubleToLongBits(sums.norm()));
        StepGuard failed = sums.failed(losses);
        if (failed == null) {
            apply(number, positions.replayed());
        }
        return failed;
    }

    private void fetch(int shard, StepPositions positions, StepContext context) {
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

    private void backward(int lane, StepPositions positions) {
        int from = positions.from(lane) * width;
        int count = positions.count(lane) * width;
        Floats mine = dQueries.slice(from, count);
        mine.upload(hostGradients, from, 0, count);
        lanes[lane].backward(dense.weights(), mine);
        gradients.take(lane, lanes[lane]);
    }

    private void apply(long number, boolean replayed) {
        double norm = sums.norm();
        float factor = norm > config.gradientClip() ? (float) (config.gradientClip() / norm) : 1f;
        float rate = config.denseLearningRate() * Math.min(1f, (float) number / config.warmUpSteps());
        threads.forEach(owned, lane -> {
            denseOptimizer.update(lane, rate, factor, number);
            shards[lane].update(rowOptimizer, number);
        });
        // Replayed sequences are in the counts already, and their time's popularity is not today's.
        if (!replayed) {
            denseOptimizer.updateLogitWeights(sums.logitWeights(), rate, factor, number);
        }
        gradientExchange.gatherWeights();
    }

    /** Dense weights and their optimizer. */
    DenseWeights dense() {
        return dense;
    }

    /** Dense gradients, with what they lost on their way. */
    LaneGradients gradients() {
        return gradients;
    }

    /** Sum of the losses of the last step's positions. */
    double losses() {
        return losses;
    }

    /** Norm of the last step's dense gradient. */
    double gradientNorm() {
        return sums.norm();
    }

    /** Items that stood before the target of one of the last step's positions. */
    int rank(int position) {
        return sums.rank(position);
    }

    /** Tokens of the last step, of all lanes. */
    long tokens() {
        return Arrays.stream(lanes).mapToLong(LaneTrainer::tokens).sum();
    }

    /** A number that follows from all steps since this was opened; learners of one job have the same. */
    long fingerprint() {
        return fingerprint;
    }

    /** How evenly the work was spread since this was opened. */
    LaneBalance balance() {
        return balance.report(collectives.bytes());
    }

    @Override
    public void close() {
        threads.close();
    }
}
