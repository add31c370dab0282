package io.freshet.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.LogitBiases;
import io.freshet.model.ModelConfig;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneRange;
import io.freshet.store.OptimizerState;
import io.freshet.store.StoreLayout;
import io.freshet.train.items.ItemShards;
import io.freshet.train.tick.LogEvent;
import io.freshet.train.tick.TrainingSequence;
import io.freshet.train.tick.UserTick;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loss over two lanes' items: what it says of the logit weights, against central differences of the loss. */
class ShardLossTest {
    private static final int LANES = 2;
    private static final int ITEMS = 40;
    private static final byte BUY = 4;

    private final SplittableRandom random = new SplittableRandom(11);
    private final ModelConfig config = ModelConfig.small();
    private final Device device = CpuDevices.best();
    private final ItemShards items;
    private final StepPositions positions = new StepPositions(LANES, ModelConfig.small());
    private final NegativeSampler sampler = new NegativeSampler();
    private final ShardLoss[] shards = new ShardLoss[LANES];
    private final StepLoss loss = new StepLoss(LANES);

    ShardLossTest() {
        StoreLayout layout = new StoreLayout(LANES, 64, config.width(), 100);
        items = new ItemShards(config, layout, LaneRange.all(layout), device);
        for (int item = 0; item < ITEMS; item++) {
            float[] embedding = new float[config.width()];
            for (int i = 0; i < embedding.length; i++) {
                embedding[i] = (float) random.nextDouble(-1, 1);
            }
            items.put(
                    new ItemRow(
                            100 + item,
                            "item" + item,
                            item,
                            random.nextInt(1, 50),
                            random.nextInt(1, 5),
                            random.nextInt(7),
                            embedding),
                    new OptimizerState(0, 0));
        }
        for (int pair = 0; pair < 400; pair++) {
            items.countCoOccurrence(random.nextInt(ITEMS), random.nextInt(ITEMS), random.nextInt(1, 6));
        }
        for (int lane = 0; lane < LANES; lane++) {
            shards[lane] = new ShardLoss(config, device, items.shard(lane), items.directory());
        }
        List<List<TrainingSequence>> step = new ArrayList<>();
        for (int lane = 0; lane < LANES; lane++) {
            UserTick user = new UserTick(lane, "user" + lane, lane, List.of());
            for (int i = 0; i < 40; i++) {
                long item = 100 + random.nextInt(ITEMS);
                user.accept(new LogEvent(0, i, lane, "user" + lane, item, "item", BUY, 1000L * i, 1f, 50L * lane + i));
            }
            step.add(user.sequences(config.window(), config.context()));
        }
        positions.layOut(step, items.directory());
        sampler.prepare(items.directory(), 9);
    }

    private double lossOf(float[] logitBiases, int[] draws, Floats queries) {
        StepContext context = new StepContext(9, ITEMS, logitBiases, draws.length == 0, draws, sampler);
        loss.begin(positions.count());
        for (int lane = 0; lane < LANES; lane++) {
            shards[lane].select(positions, context);
            shards[lane].fetch();
            shards[lane].forward(queries, positions, context);
            loss.take(lane, shards[lane], positions, items);
        }
        double sum = loss.total(positions.count());
        for (int lane = 0; lane < LANES; lane++) {
            shards[lane].backward(
                    queries, positions, context, loss.factors(lane, positions.count()), loss.targetScores());
        }
        return sum / positions.count();
    }

    private Floats queries() {
        int d = config.width();
        float[] values = new float[positions.count() * d];
        for (int row = 0; row < positions.count(); row++) {
            double squares = 0;
            for (int i = 0; i < d; i++) {
                values[row * d + i] = (float) random.nextDouble(-1, 1);
                squares += (double) values[row * d + i] * values[row * d + i];
            }
            for (int i = 0; i < d; i++) {
                values[row * d + i] /= (float) Math.sqrt(squares);
            }
        }
        Floats block = device.floats(values.length);
        block.upload(values, 0, 0, values.length);
        return block;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 24})
    void gradientsOfAllPriorsAreTheSlopesOfTheLoss(int negatives) {
        Floats queries = queries();
        float[] logitBiases = new float[LogitBiases.COUNT];
        for (int i = 0; i < logitBiases.length; i++) {
            logitBiases[i] = (float) random.nextDouble(-0.5, 0.5);
        }
        int[] draws = random.ints(negatives, 0, ITEMS).toArray();
        float nudge = 1f / 64;
        int steep = 0;
        for (int weight = 0; weight < logitBiases.length; weight++) {
            float[] above = logitBiases.clone();
            above[weight] += nudge;
            float[] below = logitBiases.clone();
            below[weight] -= nudge;
            double slope = (lossOf(above, draws, queries) - lossOf(below, draws, queries)) / (2 * nudge);
            lossOf(logitBiases, draws, queries);
            double gradient = shards[0].logitWeightGradient(weight) + shards[1].logitWeightGradient(weight);
            assertThat(gradient).as("weight " + weight).isCloseTo(slope, within(2e-3 * Math.max(1, Math.abs(slope))));
            steep += Math.abs(slope) > 0.01 ? 1 : 0;
        }
        assertThat(steep).as("weights that matter").isGreaterThan(logitBiases.length / 2);
        assertThat(shards[0].logitWeightGradient(LogitBiases.LOGIT_SCALE)
                        + shards[1].logitWeightGradient(LogitBiases.LOGIT_SCALE))
                .as("gradient of the sharpness")
                .isNotCloseTo(0, within(0.02));
    }
}
