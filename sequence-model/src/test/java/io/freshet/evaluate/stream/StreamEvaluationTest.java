package io.freshet.evaluate.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.stream.StreamResult.Slice;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.train.LearnerConfig;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.step.TrainingConfig;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The pass over a stream that all recommenders share. */
class StreamEvaluationTest {
    private static StreamEvent event(long offset, long user, int item, int period) {
        LogEvent log = new LogEvent(
                0, offset, user, "u" + user, item, "i" + item, (byte) 1, period * 86_400_000L + offset, 0, offset + 1);
        return new StreamEvent(log, user, period);
    }

    private static List<StreamEvent> walks(int count) {
        SplittableRandom random = new SplittableRandom(8);
        int[] at = new int[30];
        List<StreamEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int user = random.nextInt(at.length);
            at[user] = random.nextInt(10) == 0 ? random.nextInt(25) : (at[user] + 1) % 25;
            events.add(event(i, user, at[user], i * 3 / count));
        }
        return events;
    }

    /** A learner of width 16 whose softmax is sampled from 100 items on. */
    static LearnerConfig learner(int publishSteps) {
        ModelConfig model = new ModelConfig(
                new LayerConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 16),
                new ContextConfig(32, 16),
                0.2f,
                new PopularityDecay(100, 10),
                7,
                ActionRules.DEFAULT);
        return new LearnerConfig(
                model,
                new TrainingConfig(
                        48,
                        0f,
                        new SoftmaxConfig(100, 64, BiasSet.ALL),
                        new OptimizerConfig(2e-3f, 20, 0.2f, 0.999f, 1f),
                        Compression.NONE,
                        1),
                1000,
                publishSteps);
    }

    @Test
    void allAreCountedOnTheSameEventsAndTheModelThatLearnsWins() {
        StreamConfig config = new StreamConfig(
                learner(2), 10, 1000, 1, true, true, true, new Retraining(1, false, 0), List.of(0.0, 0.9), 500);
        try (Device device = CpuDevices.best()) {
            StreamResult result = StreamEvaluation.run(walks(3000).iterator(), config, device, (done, ratio) -> {});
            assertThat(result.rows()).hasSize(13);
            assertThat(result.rows())
                    .allSatisfy(row -> assertThat(metrics(row).targets()).isEqualTo(2000));
            Map<String, Double> hits = new HashMap<>();
            result.rows().forEach(row -> hits.put(row.name(), metrics(row).hitRatio1()));
            assertThat(hits.get("model, learned online")).isGreaterThan(0.6);
            assertThat(hits.get("Markov chain")).isGreaterThan(0.6);
            assertThat(hits.get("popularity")).isLessThan(0.2);
            assertThat(hits.get("SASRec, learned online")).isGreaterThan(0.25);
            assertThat(hits.get("model, as it is served")).isGreaterThan(0.6);
            assertThat(hits.get("model, updated when a period ends")).isGreaterThan(hits.get("popularity"));
            assertThat(hits.get("model, retrained from scratch, 1 passes over all"))
                    .as("one pass from scratch is the same model as one that went on learning")
                    .isEqualTo(hits.get("model, updated when a period ends"));
        }
    }

    private static RankingMetrics metrics(StreamResult.Row row) {
        return row.metrics().get(Slice.ALL);
    }
}
