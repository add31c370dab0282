package io.freshet.evaluate.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.stream.StreamResult.Slice;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ModelConfig;
import io.freshet.store.Interaction;
import io.freshet.train.LearnerConfig;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.LogitBiases;
import io.freshet.train.step.TrainingConfig;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The contenders against rankings worked out in full, and the pass that they share. */
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

    private interface Model {
        /** Scores of all items seen so far, in order of first appearance. */
        Map<Integer, Double> scores(List<Integer> history);
    }

    /** Runs a contender beside a model that scores everything, and compares all ranks. */
    private static void compare(Contender contender, List<StreamEvent> events, Model model, List<Integer> seen) {
        Map<Long, List<Interaction>> histories = new HashMap<>();
        int ranked = 0;
        for (StreamEvent event : events) {
            LogEvent e = event.log();
            List<Interaction> history = histories.computeIfAbsent(e.user(), user -> new ArrayList<>());
            List<Integer> items = history.stream().map(i -> (int) i.item()).toList();
            List<Integer> order = new ArrayList<>(new LinkedHashMap<>(model.scores(items)).keySet());
            Map<Integer, Double> scores = model.scores(items);
            order.sort(Comparator.comparingDouble((Integer item) -> -scores.get(item)));
            int expected = order.indexOf((int) e.item());
            assertThat(contender.rank(event, history, history)).isEqualTo(expected);
            ranked += expected >= 0 ? 1 : 0;
            contender.learn(event, history, history);
            history.add(new Interaction(e.item(), e.action(), e.eventTimeMillis(), 0, e.eventId()));
            seen.add((int) e.item());
        }
        assertThat(ranked).isGreaterThan(events.size() / 2);
    }

    @Test
    void decayedPopularityIsHalvedEveryHalfLife() {
        List<Integer> seen = new ArrayList<>();
        compare(
                new DecayedPopularity(50),
                walks(600),
                history -> {
                    Map<Integer, Double> scores = new LinkedHashMap<>();
                    for (int i = 0; i < seen.size(); i++) {
                        scores.merge(seen.get(i), Math.pow(0.5, (seen.size() - i) / 50.0), Double::sum);
                    }
                    return scores;
                },
                seen);
    }

    @Test
    void sessionNeighboursCountBySimilarityAndIfAskedByClicksSince() {
        for (boolean decayed : new boolean[] {false, true}) {
            SessionNeighbours neighbours = new SessionNeighbours(decayed);
            int[][] sessions = {{5, 8}, {5, 8}, {5, 8}, {1, 7}};
            long offset = 0;
            for (int s = 0; s < sessions.length; s++) {
                for (int item : sessions[s]) {
                    neighbours.learn(event(offset++, s, item, 0), List.of(), List.of());
                }
            }
            List<Interaction> session =
                    List.of(new Interaction(5, (byte) 1, 0, 0, 100), new Interaction(1, (byte) 1, 0, 0, 101));
            // 5 and 8: 3 sessions of 0.5 / sqrt(2), two clicks back; 1 and 7: one of 1 / sqrt(2), one click back.
            int eight = neighbours.rank(event(offset, 9, 8, 0), session, session);
            int seven = neighbours.rank(event(offset, 9, 7, 0), session, session);
            assertThat(eight).isEqualTo(decayed ? 3 : 1);
            assertThat(seven).isEqualTo(decayed ? 1 : 3);
        }
    }

    @Test
    void allContendersAreCountedOnTheSameEventsAndTheModelThatLearnsWins() {
        ModelConfig model = new ModelConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 32, 16, 16, 0.2f, 100, 10, 7);
        LearnerConfig learner = new LearnerConfig(
                model,
                new TrainingConfig(
                        48,
                        0f,
                        new SoftmaxConfig(100, 64, LogitBiases.ALL),
                        new OptimizerConfig(2e-3f, 20, 0.2f, 0.999f, 1f),
                        Compression.NONE,
                        1),
                1000,
                2);
        StreamConfig config = new StreamConfig(
                learner, 10, 1000, 1, true, true, true, new Retraining(1, false, 0), List.of(0.0, 0.9), 500);
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
