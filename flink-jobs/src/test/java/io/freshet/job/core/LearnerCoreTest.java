package io.freshet.job.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.records.TickedEvent;
import io.freshet.store.snapshot.Manifest;
import io.freshet.train.TickOutcome;
import io.freshet.train.exchange.Exchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A learner's core alone: what it learns, publishes, cuts and commits, and what it lets go of. */
class LearnerCoreTest {
    private final CoreRig rig = new CoreRig();

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void anEmptyLearnerBeginsWithASnapshotThatFollowersStartFrom() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            assertThat(core.tick()).isEqualTo(-1);
            Manifest start = rig.repository.latest().orElseThrow();
            assertThat(start.id()).isEqualTo("learner-000001-checkpoint-000000-start");
            assertThat(start.tick()).isEqualTo(-1);
            assertThat(start.properties())
                    .containsEntry("made-from.log-id", "log-a")
                    .containsEntry("made-from.tick.length", "100 ms")
                    .containsEntry("incarnation", "1")
                    .containsEntry("id-key", "k");
            assertThat(rig.repository.verify(start)).isEmpty();
            assertThat(rig.opened).isEqualTo(Map.of("store", 1, "feed", 1, "listener-1", 1, "listener-2", 1));
        }
        assertThat(rig.closed).isEqualTo(rig.opened);
    }

    @Test
    void ticksAreLearnedInTheLogsOrderWhateverTheOrderOfArrival() {
        PlantedLog log = new PlantedLog(3, 25);
        List<TickedEvent> arriving = new ArrayList<>();
        log.ticks.values().forEach(arriving::addAll);
        Random random = new Random(4);
        Collections.shuffle(arriving, random);
        List<TickOutcome> outcomes = new ArrayList<>();
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            arriving.forEach(core::take);
            assertThat(core.openRecords()).isEqualTo(arriving.size());
            // Watermarks close no tick, one, or several at once.
            long last = log.ticks.lastKey();
            for (long tick = -1; tick < last; tick += 1 + random.nextInt(4)) {
                core.close(CoreRig.end(tick), outcomes::add);
                assertThat(core.tick()).isEqualTo(log.ticks.floorKey(tick) == null ? -1 : log.ticks.floorKey(tick));
            }
            core.close(CoreRig.end(last), outcomes::add);
            assertThat(core.openRecords()).isZero();
        }
        assertThat(outcomes.stream().map(one -> one.report().tick())).containsExactlyElementsOf(log.ticks.keySet());
        assertThat(rig.heard).hasSize(2 * log.ticks.size());
        assertThat(rig.published).isEqualTo(log.digests());
    }

    @Test
    void aWatermarkInTheMiddleOfATickClosesNothing() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            core.take(CoreRig.click(4, 0, 0, 1, 1));
            core.close(CoreRig.end(4) - 1, outcome -> {
                throw new AssertionError("learned " + outcome.report().tick());
            });
            assertThat(core.openRecords()).isEqualTo(1);
        }
    }

    @Test
    void aTickThatComesAfterItWasLearnedIsAnErrorAndIsNotLearned() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            core.take(CoreRig.click(4, 0, 0, 1, 1));
            core.close(CoreRig.end(4), outcome -> {});
            core.take(CoreRig.click(4, 0, 1, 1, 2));
            assertThatThrownBy(() -> core.close(CoreRig.end(4), outcome -> {}))
                    .hasMessageContaining("tick 4 came after tick 4 was learned");
            assertThat(rig.published).containsOnlyKeys(4L);
        }
    }

    @Test
    void theFrontierCountsRecordsThatAreNoEvents() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            core.take(CoreRig.click(0, 0, 0, 1, 1));
            core.take(CoreRig.withoutEvent(0, 0, 1));
            core.take(CoreRig.withoutEvent(0, 1, 7));
            core.close(
                    CoreRig.end(0),
                    outcome -> assertThat(outcome.report().events()).isEqualTo(1));
            assertThat(rig.frontiers).containsEntry(0L, Map.of(0, 1L, 1, 7L));
        }
    }

    @Test
    void aCheckpointIsCommittedInTheBackgroundAndOldOnesExpire() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            for (int checkpoint = 1; checkpoint <= 4; checkpoint++) {
                core.take(CoreRig.click(checkpoint, 0, checkpoint, 1, checkpoint));
                core.close(CoreRig.end(checkpoint), outcome -> {});
                LearnerCore.Cut cut = core.cut(checkpoint, checkpoint == 2);
                cut.upload().run();
                String name = "learner-000001-checkpoint-00000" + checkpoint;
                assertThat(LearnerCore.snapshotOf(new LearnerCore.Checkpoint(List.of(cut.entry()))))
                        .isEqualTo(name);
                assertThat(rig.repository.names()).doesNotContain(name);
                if (checkpoint == 2) {
                    // Flink notifies of no savepoint that does not stop the job.
                    continue;
                }
                core.completed(checkpoint);
                assertThat(core.pendingCommits()).isEqualTo(1);
                assertThat(rig.repository.names())
                        .as("the task does not wait for the repository")
                        .doesNotContain(name);
                rig.runBackground();
                assertThat(core.pendingCommits()).isZero();
                assertThat(rig.repository.latest().orElseThrow().tick()).isEqualTo(checkpoint);
            }
            assertThat(rig.repository.names())
                    .as("two are kept, and the savepoint")
                    .containsExactlyInAnyOrder(
                            "learner-000001-checkpoint-000002",
                            "learner-000001-checkpoint-000003",
                            "learner-000001-checkpoint-000004");
            for (Manifest manifest : rig.repository.list()) {
                assertThat(rig.repository.verify(manifest)).isEmpty();
            }
        }
    }

    @Test
    void aCommitThatFailsIsCountedAndMadeUpWithTheNextCheckpoint() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            CoreRig.cut(core, 1);
            rig.files.failsAt = "learner-";
            core.completed(1);
            rig.runBackground();
            assertThat(core.repositoryFailures()).isEqualTo(1);
            assertThat(core.pendingCommits()).isEqualTo(1);
            assertThat(rig.repository.load("learner-000001-checkpoint-000001").tick())
                    .as("a restart finds it pending")
                    .isEqualTo(-1);
            rig.files.failsAt = "";
            CoreRig.cut(core, 2);
            core.completed(2);
            rig.runBackground();
            assertThat(core.pendingCommits()).isZero();
            assertThat(core.repositoryFailures()).isEqualTo(1);
            assertThat(rig.repository.names())
                    .containsExactlyInAnyOrder("learner-000001-checkpoint-000001", "learner-000001-checkpoint-000002");
        }
    }

    @Test
    void whatCannotBeRemovedHoldsUpNoCommitAndNoRestart() {
        byte[] entry;
        rig.files.keeps = "pending/";
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            CoreRig.cut(core, 1);
            core.completed(1);
            rig.runBackground();
            entry = CoreRig.cut(core, 2);
            core.completed(2);
            rig.runBackground();
            assertThat(core.pendingCommits()).isZero();
            assertThat(core.repositoryFailures()).isZero();
            assertThat(core.repositoryCleanupFailures()).isPositive();
            assertThat(rig.repository.latest().orElseThrow().id()).isEqualTo("learner-000001-checkpoint-000002");
        }
        try (LearnerCore core = rig.open(entry)) {
            rig.files.keeps = "";
            long before = core.repositoryCleanupFailures();
            CoreRig.cut(core, 1);
            core.completed(1);
            rig.runBackground();
            assertThat(core.repositoryCleanupFailures()).isEqualTo(before);
            assertThat(rig.files.list("pending/")).isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aCommitThatFailsForGoodIsOvertakenByTheNext() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            CoreRig.cut(core, 1);
            rig.files.failsAt = "learner-000001-checkpoint-000001";
            core.completed(1);
            rig.runBackground();
            for (int checkpoint = 2; checkpoint <= 4; checkpoint++) {
                CoreRig.cut(core, checkpoint);
                core.completed(checkpoint);
                rig.runBackground();
                assertThat(core.pendingCommits()).isZero();
            }
            assertThat(core.repositoryFailures()).isEqualTo(2);
            assertThat(rig.repository.names())
                    .containsExactlyInAnyOrder("learner-000001-checkpoint-000003", "learner-000001-checkpoint-000004");
        }
    }

    @Test
    void aCommitDoesNotWaitForAScan() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            CoreRig.cut(core, 1);
            core.completed(1);
            assertThat(rig.scans).hasSize(1);
            CoreRig.cut(core, 2);
            core.completed(2);
            rig.runBackground();
            assertThat(rig.repository.latest().orElseThrow().id()).isEqualTo("learner-000001-checkpoint-000002");
            assertThat(core.contentScans()).isZero();
            rig.scans.remove().run();
            assertThat(core.contentScans()).isEqualTo(1);
        }
    }

    @Test
    void aCutThatIsDiscardedLeavesNoLinks() throws IOException {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            LearnerCore.Cut cut = core.cut(1, false);
            assertThat(rig.cuts()).hasSize(1);
            cut.discard().run();
            assertThat(rig.cuts()).isEmpty();
        }
    }

    @Test
    void anAbortedCheckpointLeavesNoSnapshot() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            CoreRig.cut(core, 1);
            core.aborted(1);
            assertThat(rig.repository.load("learner-000001-checkpoint-000001").tick())
                    .isEqualTo(-1);
            rig.runBackground();
            assertThatThrownBy(() -> rig.repository.load("learner-000001-checkpoint-000001"))
                    .hasMessageContaining("there is no snapshot learner-000001-checkpoint-000001");
        }
    }

    @Test
    void anUploadThatFailsFailsItsCheckpointAndNothingElse() {
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            LearnerCore.Cut cut = core.cut(1, false);
            rig.files.failsAt = "pending/";
            assertThatThrownBy(() -> cut.upload().run()).hasMessageContaining("learner-000001-checkpoint-000001");
            rig.files.failsAt = "";
            core.take(CoreRig.click(0, 0, 0, 1, 1));
            core.close(CoreRig.end(0), outcome -> {});
            CoreRig.cut(core, 2);
            core.completed(2);
            rig.runBackground();
            assertThat(rig.repository.latest().orElseThrow().tick()).isZero();
        }
    }

    @Test
    void theEndOfTheLogLearnsWhatIsOpenAndKeepsIt() {
        List<Long> learned = new ArrayList<>();
        try (LearnerCore core = rig.open(null, Exchange.local())) {
            core.take(CoreRig.click(2, 0, 0, 1, 1));
            core.take(CoreRig.click(5, 0, 1, 1, 2));
            core.end(outcome -> learned.add(outcome.report().tick()));
        }
        assertThat(learned).containsExactly(2L, 5L);
        Manifest end = rig.repository.latest().orElseThrow();
        assertThat(end.id()).isEqualTo("learner-000001-checkpoint-000000-end");
        assertThat(end.tick()).isEqualTo(5);
        assertThat(end.feedOffsets()).isEqualTo(Map.of(0, 2L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"store", "feed", "listener-1", "listener-2"})
    void anOpeningThatFailsClosesWhatItOpened(String what) {
        rig.failsToOpen = what;
        assertThatThrownBy(() -> rig.open(null, Exchange.local()))
                .hasMessage("planted: " + what)
                .hasNoSuppressedExceptions();
        assertThat(rig.closed).isEqualTo(rig.opened);
        rig.failsToOpen = "";
        rig.open(null, Exchange.local()).close();
        assertThat(rig.closed).isEqualTo(rig.opened);
    }

    @Test
    void aStartSnapshotThatCannotBeWrittenIsAFailedOpening() {
        rig.files.failsAt = "pending/";
        assertThatThrownBy(() -> rig.open(null, Exchange.local())).hasMessageContaining("-start");
        assertThat(rig.closed).isEqualTo(rig.opened).containsEntry("store", 1).containsEntry("feed", 1);
    }
}
