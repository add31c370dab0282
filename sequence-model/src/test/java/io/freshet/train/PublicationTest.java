package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.scoring.Scorer;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dense weights go to serving after so many steps, whichever ticks the steps fall into. */
class PublicationTest {
    private static LearnerConfig every(int steps) {
        TestLog.Settings settings = new TestLog.Settings();
        settings.publishSteps = steps;
        return settings.build();
    }

    /** Ticks that publish, of those that get one event each; a tick of one event is one step. */
    private static List<Long> published(LearnerConfig config, InMemoryStore store, List<Long> ticks) {
        List<Long> published = new ArrayList<>();
        try (Learner learner = Learner.open(config, store, CpuDevices.best())) {
            for (long tick : ticks) {
                LogEvent event = TestLog.click(tick, (int) (tick % 7), (int) (tick % 11), 1000 * tick);
                TickOutcome outcome = learner.learn(tick, List.of(event), Map.of(0, tick));
                boolean dense = outcome.changes().lanes().stream()
                        .flatMap(lane -> lane.dense().stream())
                        .anyMatch(tensor -> tensor.name().equals(Scorer.WEIGHTS));
                if (dense) {
                    published.add(tick);
                }
                assertThat(outcome.report().counts().publications())
                        .as("publications, all ticks")
                        .isGreaterThanOrEqualTo(published.size());
            }
            learner.writeOwnState();
        }
        return published;
    }

    private static List<Long> ticks(int phase, int count) {
        List<Long> ticks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ticks.add(4L * i + phase);
        }
        return ticks;
    }

    /** A producer that sends once a second falls into one phase of four ticks for ever. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void ticksOfOnePhasePublishEveryFourthStep(int phase) {
        List<Long> ticks = ticks(phase, 13);
        assertThat(published(every(4), new InMemoryStore(TestLog.LAYOUT), ticks))
                .containsExactly(ticks.get(3), ticks.get(7), ticks.get(11));
    }

    @Test
    void everyStepMeansEveryTickWithAStep() {
        List<Long> ticks = ticks(1, 5);
        assertThat(published(every(1), new InMemoryStore(TestLog.LAYOUT), ticks))
                .isEqualTo(ticks);
    }

    @Test
    void aTickWithoutAStepPublishesNothing() {
        InMemoryStore store = new InMemoryStore(TestLog.LAYOUT);
        try (Learner learner = Learner.open(every(1), store, CpuDevices.best())) {
            TickOutcome outcome = learner.learn(4, List.of(), Map.of(0, 0L));
            assertThat(outcome.changes().lanes())
                    .allSatisfy(lane -> assertThat(lane.dense()).isEmpty());
            assertThat(outcome.report().counts().publications()).isZero();
        }
    }

    @Test
    void stepsSinceTheLastPublicationOutliveTheLearner() {
        List<Long> ticks = ticks(1, 12);
        for (int stop : new int[] {2, 4, 6}) {
            InMemoryStore store = new InMemoryStore(TestLog.LAYOUT);
            List<Long> all = new ArrayList<>(published(every(4), store, ticks.subList(0, stop)));
            all.addAll(published(every(4), store, ticks.subList(stop, ticks.size())));
            assertThat(all).as("stopped after %d ticks", stop).containsExactly(5L + 8, 29L, 45L);
        }
    }
}
