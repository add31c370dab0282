package io.freshet.evaluate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.StreamEvent;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.schema.Action;
import io.freshet.train.LearnerConfig;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The rules of the protocol, worked out again in full for a baseline, and the model's place in it. */
class PeriodEvaluationTest {
    private static final int PERIODS = 4;

    /** Sessions of five clicks around a circle of items that moves on with every period. */
    private static List<StreamEvent> clicks() {
        SplittableRandom random = new SplittableRandom(3);
        List<StreamEvent> events = new ArrayList<>();
        for (int period = 0; period < PERIODS; period++) {
            for (int session = 0; session < 120; session++) {
                int item = random.nextInt(20);
                for (int click = 0; click < 5; click++) {
                    item = random.nextInt(8) == 0 ? random.nextInt(20) : (item + 1) % 20;
                    long offset = events.size();
                    long user = period * 1000L + session;
                    int shifted = item + 4 * period;
                    LogEvent log = new LogEvent(
                            0, offset, user, "u" + user, shifted, "i" + shifted, (byte) 1, offset, 0, offset + 1);
                    events.add(new StreamEvent(log, user, period));
                }
            }
        }
        return events;
    }

    private static PeriodResult run(Retraining retraining) {
        return run(clicks(), retraining);
    }

    private static PeriodResult run(List<StreamEvent> events, Retraining retraining) {
        LearnerConfig learner = StreamEvaluationTest.learner(1);
        PeriodConfig config = new PeriodConfig(learner, 10, 1, true, retraining, 500);
        try (Device device = CpuDevices.best()) {
            return PeriodEvaluation.run(events.iterator(), config, device, (period, mrr10) -> {});
        }
    }

    /** MRR@10 of popularity by period, from the protocol's words. */
    private static List<Double> popularity() {
        List<Double> expected = new ArrayList<>();
        List<StreamEvent> all = clicks();
        for (int period = 1; period < PERIODS; period++) {
            int now = period;
            Map<Long, Integer> counts = new LinkedHashMap<>();
            all.stream()
                    .filter(e -> e.period() < now)
                    .forEach(e -> counts.merge(e.log().item(), 1, Integer::sum));
            List<Long> order = new ArrayList<>(counts.keySet());
            order.sort(Comparator.comparingInt((Long item) -> -counts.get(item)));
            Set<Long> begun = new HashSet<>();
            double sum = 0;
            int targets = 0;
            for (StreamEvent e : all) {
                if (e.period() == now && counts.containsKey(e.log().item()) && !begun.add(e.session())) {
                    int rank = order.indexOf(e.log().item());
                    sum += rank < 10 ? 1.0 / (rank + 1) : 0;
                    targets++;
                }
            }
            expected.add(sum / targets);
        }
        return expected;
    }

    @Test
    void onlyKnownItemsBehindASessionsFirstAreTargetsAndThePastAloneIsKnown() {
        PeriodResult result = run(Retraining.NONE);
        assertThat(result.periods()).containsExactly(1, 2, 3);
        assertThat(result.rows()).hasSize(9);
        List<Double> expected = popularity();
        List<RankingMetrics> rows = row(result, "popularity").metrics();
        for (int i = 0; i < expected.size(); i++) {
            // Ties are broken otherwise here: items that moved last within one count stand first.
            assertThat(rows.get(i).mrr10()).isCloseTo(expected.get(i), within(0.02));
        }
        for (PeriodResult.Row row : result.rows()) {
            for (int i = 0; i < rows.size(); i++) {
                assertThat(row.metrics().get(i).targets()).isEqualTo(rows.get(i).targets());
            }
        }
        long removed = rows.stream().mapToLong(RankingMetrics::targets).sum();
        assertThat(removed).as("new items and first clicks are no targets").isLessThan(3 * 120 * 4);
        assertThat(result.rows().get(0).mean(RankingMetrics::mrr10))
                .as("learning while it is tested")
                .isGreaterThan(row(result, "popularity").mean(RankingMetrics::mrr10));
    }

    @Test
    void whatSaysNoIsATargetForNobody() {
        List<StreamEvent> events = clicks();
        for (int i = 0; i < events.size(); i += 3) {
            LogEvent e = events.get(i).log();
            byte refused = Action.IMPRESSION.code();
            LogEvent shown = new LogEvent(
                    0, e.offset(), e.user(), e.subject(), e.item(), e.itemName(), refused, e.offset(), 0, e.eventId());
            events.set(
                    i,
                    new StreamEvent(
                            shown, events.get(i).session(), events.get(i).period()));
        }
        PeriodResult result = run(events, Retraining.NONE);
        List<RankingMetrics> online = result.rows().get(0).metrics();
        assertThat(online).hasSize(3).allMatch(period -> period.targets() > 0);
        for (PeriodResult.Row row : result.rows()) {
            assertThat(row.metrics())
                    .as(row.name())
                    .extracting(RankingMetrics::targets)
                    .isEqualTo(online.stream().map(RankingMetrics::targets).toList());
        }
    }

    @Test
    void onePassFromScratchOverAllIsTheModelThatWentOnLearning() {
        PeriodResult result = run(new Retraining(1, false, 0));
        PeriodResult.Row again = row(result, "model, retrained from scratch, 1 passes over all");
        assertThat(again.metrics())
                .isEqualTo(row(result, "model, learned online, frozen for the period")
                        .metrics());
        assertThat(again.tokens()).as("600, 1,200 and 1,800 tokens").isEqualTo(3600);
    }

    @Test
    void theSearchForPassesEndsAtOneThatExists() {
        PeriodResult result = run(new Retraining(3, true, 2));
        assertThat(result.rows().stream().map(PeriodResult.Row::name))
                .anyMatch(name -> name.matches("model, retrained from scratch, [123] passes over the last 2 periods"));
    }

    private static PeriodResult.Row row(PeriodResult result, String name) {
        return result.rows().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
