package io.freshet.train.step;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.LogitBiases;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.RowChange;
import io.freshet.store.TickChanges;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import io.freshet.train.LearnerConfig;
import io.freshet.train.TestLog;
import io.freshet.train.TickOutcome;
import io.freshet.train.TickReport;
import io.freshet.train.exchange.MessageReader;
import io.freshet.train.exchange.MessageWriter;
import io.freshet.train.tick.LearnerCounters;
import io.freshet.train.tick.LogEvent;
import io.freshet.train.tick.StepGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A step that is not finite is skipped and counted, and nothing of it is in the report or in the state. */
class StepGuardTest {
    private static final int POISONED = 3;

    private static void poison(InMemoryStore store, long tick) {
        RowChange change = Objects.requireNonNull(store.row(TestLog.item(POISONED)));
        ItemRow row = change.row();
        float[] embedding = row.embedding().clone();
        embedding[5] = Float.NaN;
        List<LaneChanges> lanes = new ArrayList<>();
        for (int lane = 0; lane < TestLog.LAYOUT.lanes(); lane++) {
            lanes.add(LaneChanges.empty(lane));
        }
        lanes.get(TestLog.LAYOUT.laneOf(row.item()))
                .rows()
                .add(new RowChange(
                        new ItemRow(
                                row.item(),
                                row.name(),
                                row.ordinal(),
                                row.frequency(),
                                row.recentFrequency(),
                                row.lastTick(),
                                embedding),
                        change.optimizerState()));
        store.apply(new TickChanges(tick, store.frontier(), lanes));
    }

    @Test
    void stepsThatReadAPoisonedRowAreSkippedAndTheOthersGoOn() {
        TestLog.Settings settings = new TestLog.Settings();
        // One negative a step: a step that does not name the poisoned item seldom draws it.
        settings.fullSoftmaxItems = 0;
        settings.negatives = 1;
        LearnerConfig config = settings.build();
        InMemoryStore store = new InMemoryStore(TestLog.LAYOUT);
        SplittableRandom random = new SplittableRandom(2);
        long offset = 0;
        try (Learner learner = Learner.open(config, store, CpuDevices.best())) {
            for (int tick = 0; tick < 20; tick++) {
                List<LogEvent> events = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    events.add(TestLog.click(offset++, random.nextInt(20), random.nextInt(40), 1000 * offset));
                }
                learner.learn(tick, events, Map.of(0, offset));
            }
            events(learner, 20, offset++, POISONED);
            learner.writeOwnState();
        }
        poison(store, 21);
        try (Learner learner = Learner.open(config, store, CpuDevices.best())) {
            TickReport before = learner.report();
            assertThat(before.skippedSteps()).isZero();
            for (int tick = 22; tick < 122; tick++) {
                boolean bad = tick % 4 == 0;
                TickReport earlier = learner.report();
                TickOutcome outcome = events(learner, tick, offset++, bad ? POISONED : 30);
                TickReport report = outcome.report();
                long skipped = report.skippedSteps() - earlier.skippedSteps();
                assertThat(skipped).as("tick %d", tick).isGreaterThanOrEqualTo(bad ? 1 : 0);
                assertThat(report.steps() + report.skippedSteps())
                        .isEqualTo(earlier.steps() + earlier.skippedSteps() + 1);
                assertThat(outcome.ranked()).hasSize(1 - (int) skipped);
                assertThat(report.quality().ranked())
                        .isEqualTo(earlier.quality().ranked() + 1 - skipped);
                assertThat(Double.isNaN(report.loss())).isEqualTo(skipped == 1);
                assertThat(report.events()).as("the event itself counts").isEqualTo(earlier.events() + 1);
            }
            TickReport after = learner.report();
            assertThat(after.counts().skippedForLoss())
                    .isEqualTo(after.skippedSteps())
                    .isBetween(25L, 40L);
            learner.writeOwnState();
        }
        for (int lane = 0; lane < TestLog.LAYOUT.lanes(); lane++) {
            for (String name : DenseWeights.ownNames(lane)) {
                for (float value : Objects.requireNonNull(store.dense(lane, name))) {
                    assertThat(Float.isFinite(value)).as(name).isTrue();
                }
            }
        }
        store.forEachRow(change -> {
            if (change.row().item() != TestLog.item(POISONED)) {
                for (float value : change.row().embedding()) {
                    assertThat(Float.isFinite(value)).isTrue();
                }
            }
        });
    }

    /** A tick of one event of a user who was never there. */
    private static TickOutcome events(Learner learner, long tick, long offset, int item) {
        return learner.learn(
                tick, List.of(TestLog.click(offset, 1000 + (int) offset, item, 1000 * offset)), Map.of(0, offset));
    }

    private static StepSums sums(double squares, double rowSquares, double logitWeight) {
        MessageWriter writer = new MessageWriter();
        writer.putDouble(squares);
        writer.putDouble(rowSquares);
        for (int i = 0; i < LogitBiases.COUNT; i++) {
            writer.putDouble(i == 4 ? logitWeight : 0.5);
        }
        StepSums sums = new StepSums();
        sums.clear(0);
        sums.takeLane(new MessageReader(writer.toBytes(), 0));
        return sums;
    }

    @ParameterizedTest
    @CsvSource({
        "1.5, 2, 3, 4, ",
        "NaN, 2, 3, 4, LOSS",
        "Infinity, NaN, NaN, NaN, LOSS",
        "1.5, NaN, 3, 4, DENSE_GRADIENT",
        "1.5, Infinity, NaN, 4, DENSE_GRADIENT",
        "1.5, 2, 3, NaN, DENSE_GRADIENT",
        "1.5, 2, NaN, 4, ROW_GRADIENT",
        "1.5, 2, Infinity, 4, ROW_GRADIENT"
    })
    void theFirstGuardThatFailsIsNamed(
            double losses, double squares, double rowSquares, double logitWeight, StepGuard expected) {
        assertThat(sums(squares, rowSquares, logitWeight).failed(losses)).isEqualTo(expected);
    }

    @Test
    void everyGuardHasACounter() {
        LearnerCounters counters = new LearnerCounters();
        StepGuard[] guards = StepGuard.values();
        for (int g = 0; g < guards.length; g++) {
            for (int i = 0; i <= g; i++) {
                counters.skippedStep(guards[g]);
            }
        }
        assertThat(counters.skippedSteps()).isEqualTo(6);
        assertThat(counters.skipped(StepGuard.LOSS)).isEqualTo(1);
        assertThat(counters.skipped(StepGuard.DENSE_GRADIENT)).isEqualTo(2);
        assertThat(counters.skipped(StepGuard.ROW_GRADIENT)).isEqualTo(3);
    }
}
