package io.freshet.job.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.records.TickedEvent;
import io.freshet.store.snapshot.Manifest;
import io.freshet.train.exchange.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A learner's core that goes on from a checkpoint: with the same bits, or not at all. */
class LearnerCoreRestoreTest {
    private final CoreRig rig = new CoreRig();

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private LearnerCore empty() {
        return rig.open(null, Exchange.local());
    }

    /** What a source does to a core: events, the next tick's sometimes before a tick is closed. */
    private static List<Consumer<LearnerCore>> calls(PlantedLog log, Random random) {
        List<Consumer<LearnerCore>> calls = new ArrayList<>();
        List<TickedEvent> early = List.of();
        for (Map.Entry<Long, List<TickedEvent>> tick : log.ticks.entrySet()) {
            List<TickedEvent> rest = new ArrayList<>(tick.getValue());
            rest.removeAll(early);
            rest.forEach(event -> calls.add(core -> core.take(event)));
            Map.Entry<Long, List<TickedEvent>> next = log.ticks.higherEntry(tick.getKey());
            early = next == null
                    ? List.of()
                    : next.getValue().subList(0, random.nextInt(next.getValue().size() + 1));
            early.forEach(event -> calls.add(core -> core.take(event)));
            calls.add(core -> core.close(CoreRig.end(tick.getKey()), outcome -> {}));
        }
        return calls;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aRestoredCoreGoesOnWithTheBitsOfAnUndisturbedOne(long seed) {
        Random random = new Random(seed);
        PlantedLog log = new PlantedLog(seed, 20);
        List<Consumer<LearnerCore>> calls = calls(log, random);
        LearnerCore core = empty();
        byte[] entry = null;
        int cutAt = 0;
        int checkpoint = 0;
        for (int at = 0, crashes = 0; at < calls.size(); ) {
            calls.get(at++).accept(core);
            int chance = random.nextInt(12);
            if (chance == 0) {
                entry = CoreRig.cut(core, ++checkpoint);
                cutAt = at;
                // The notification may be lost: what is pending is found as well.
                if (random.nextBoolean()) {
                    core.completed(checkpoint);
                    rig.runBackground();
                }
            } else if (chance == 1 && entry != null && crashes < 4) {
                core.close();
                rig.background.clear();
                core = rig.open(entry);
                at = cutAt;
                crashes++;
            }
        }
        core.close();
        assertThat(rig.published).isEqualTo(log.digests());
        assertThat(rig.closed).isEqualTo(rig.opened);
    }

    @ParameterizedTest
    @CsvSource({
        "tick.length, 100 ms, 250 ms, freshet.tick.length was 100 ms and is 250 ms",
        "width, 8, 16, freshet.width was 8 and is 16",
        "history, 50, 200, freshet.history was 50 and is 200",
        "log-id, log-a, log-b, start.accept=other-topic"
    })
    void anotherIdentityIsRefusedWithBothValuesAndTheWayOut(String key, String was, String is, String says) {
        byte[] entry;
        try (LearnerCore core = empty()) {
            entry = CoreRig.cut(core, 1);
        }
        rig.identity.put(key, is);
        assertThatThrownBy(() -> rig.open(entry))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("snapshot learner-000001-checkpoint-000001")
                .hasMessageContaining(was)
                .hasMessageContaining(is)
                .hasMessageContaining(says);
        assertThat(rig.closed).isEqualTo(rig.opened);
        rig.identity.put(key, was);
        rig.open(entry).close();
    }

    @Test
    void whatOneFlagAcceptsIsNotAcceptedForAnotherDifference() {
        byte[] entry;
        try (LearnerCore core = empty()) {
            entry = CoreRig.cut(core, 1);
        }
        rig.identity.put(StateIdentity.LOG, "log-b");
        rig.accept = Set.of(Accepted.GAP, Accepted.FOREIGN_FEED);
        assertThatThrownBy(() -> rig.open(entry)).isInstanceOf(PermanentFailure.class);
        rig.accept = Set.of(Accepted.OTHER_TOPIC);
        rig.identity.put("width", "16");
        assertThatThrownBy(() -> rig.open(entry))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("width")
                .message()
                .doesNotContain("log-b");
    }

    @Test
    void anAcceptedOtherTopicBeginsItsFrontierAgainAndIsRecorded() {
        byte[] entry;
        try (LearnerCore core = empty()) {
            core.take(CoreRig.click(3, 0, 900, 1, 1));
            core.take(CoreRig.click(3, 1, 700, 2, 2));
            core.close(CoreRig.end(3), outcome -> {});
            // Read from the old topic, not learned yet.
            core.take(CoreRig.click(4, 0, 901, 3, 3));
            entry = CoreRig.cut(core, 1);
        }
        rig.identity.put(StateIdentity.LOG, "log-b");
        rig.accept = Set.of(Accepted.OTHER_TOPIC);
        byte[] after;
        try (LearnerCore core = rig.open(entry)) {
            assertThat(core.openRecords()).isEqualTo(1);
            core.take(CoreRig.click(4, 0, 0, 1, 2));
            core.close(
                    CoreRig.end(4),
                    outcome -> assertThat(outcome.report().events())
                            .as("the old topic's last event is learned, too")
                            .isEqualTo(4));
            assertThat(rig.frontiers.get(4L))
                    .as("offsets of the old topic say nothing of the new one")
                    .isEqualTo(Map.of(0, 0L));
            after = CoreRig.cut(core, 2);
        }
        rig.accept = Set.of();
        try (LearnerCore core = rig.open(after)) {
            core.take(CoreRig.click(5, 1, 0, 1, 2));
            core.close(CoreRig.end(5), outcome -> {});
            assertThat(rig.frontiers.get(5L)).isEqualTo(Map.of(0, 0L, 1, 0L));
            CoreRig.cut(core, 3);
            assertThat(rig.repository.load("learner-000003-checkpoint-000003").properties())
                    .containsEntry("accepted.3.log", "log-a")
                    .containsEntry("made-from.log-id", "log-b");
        }
    }

    @Test
    void aCheckpointBeforeTheFirstTickOfTheOtherTopicDoesNotBringTheOldFrontierBack() {
        byte[] entry;
        try (LearnerCore core = empty()) {
            core.take(CoreRig.click(3, 0, 900, 1, 1));
            core.close(CoreRig.end(3), outcome -> {});
            entry = CoreRig.cut(core, 1);
        }
        rig.identity.put(StateIdentity.LOG, "log-b");
        rig.accept = Set.of(Accepted.OTHER_TOPIC);
        byte[] before;
        try (LearnerCore core = rig.open(entry)) {
            core.take(CoreRig.click(4, 0, 0, 1, 2));
            before = CoreRig.cut(core, 2);
        }
        rig.accept = Set.of();
        try (LearnerCore core = rig.open(before)) {
            core.take(CoreRig.withoutEvent(4, 0, 1));
            core.close(CoreRig.end(4), outcome -> {});
            assertThat(rig.frontiers.get(4L)).isEqualTo(Map.of(0, 1L));
        }
    }

    @Test
    void anAcceptedGapIsRecordedInEverySnapshotFromThenOn() {
        long user = 0;
        while (CoreRig.LAYOUT.laneOf(user) != 0) {
            user++;
        }
        byte[] entry;
        try (LearnerCore core = empty()) {
            core.take(TickedEvent.note(7, 1, 41, user, "gap of offsets 12 to 41"));
            entry = CoreRig.cut(core, 1);
        }
        try (LearnerCore core = rig.open(entry)) {
            core.close(
                    CoreRig.end(7),
                    outcome -> assertThat(outcome.report().events()).isZero());
            assertThat(rig.frontiers.get(7L)).isEqualTo(Map.of(1, 41L));
            CoreRig.cut(core, 2);
        }
        for (String name : List.of("learner-000001-checkpoint-000001", "learner-000002-checkpoint-000002")) {
            assertThat(rig.repository.load(name).properties())
                    .containsEntry("accepted.7.partition-1", "gap of offsets 12 to 41");
        }
    }

    @Test
    void aCheckpointOfAnotherRepositoryIsRefused() throws Exception {
        byte[] entry;
        try (LearnerCore core = empty()) {
            entry = CoreRig.cut(core, 1);
        }
        try (CoreRig other = new CoreRig()) {
            assertThatThrownBy(() -> other.open(entry))
                    .isInstanceOf(PermanentFailure.class)
                    .hasMessageContaining(rig.repository.identity())
                    .hasMessageContaining(other.repository.identity())
                    .hasMessageContaining("store.repository");
            assertThat(other.opened).isEmpty();
        }
    }

    @Test
    void aCheckpointThatIsNotWholeIsRefused() {
        byte[] one;
        byte[] two;
        try (LearnerCore core = empty()) {
            one = CoreRig.cut(core, 1);
            two = CoreRig.cut(core, 2);
        }
        assertThatThrownBy(() -> rig.open(one, two))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("checkpoint-000001 and learner-000001-checkpoint-000002")
                .hasMessageContaining("not whole");
        assertThatThrownBy(() -> rig.open(new LearnerCore.Checkpoint(List.of()), Exchange.local()))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("holds no state of the learner");
        assertThatThrownBy(() -> LearnerCore.snapshotOf(new LearnerCore.Checkpoint(List.of())))
                .isInstanceOf(PermanentFailure.class);
    }

    @Test
    void aSnapshotThatIsGoneIsNamed() {
        byte[] entry;
        try (LearnerCore core = empty()) {
            entry = CoreRig.cut(core, 1);
        }
        rig.repository.abort("learner-000001-checkpoint-000001");
        assertThatThrownBy(() -> rig.open(entry)).hasMessageContaining("learner-000001-checkpoint-000001");
        assertThat(rig.closed).isEqualTo(rig.opened);
    }

    @Test
    void aRollbackBeginsFromItsSnapshotAndRefusesACheckpointBehindIt() {
        byte[] newer;
        TreeMap<Long, List<String>> first;
        try (LearnerCore core = empty()) {
            core.take(CoreRig.click(0, 0, 0, 1, 1));
            core.close(CoreRig.end(0), outcome -> {});
            CoreRig.cut(core, 1);
            core.completed(1);
            core.take(CoreRig.click(1, 0, 1, 1, 2));
            core.close(CoreRig.end(1), outcome -> {});
            newer = CoreRig.cut(core, 2);
            core.completed(2);
            rig.runBackground();
            first = new TreeMap<>(rig.published);
        }
        Manifest target = rig.repository.load("learner-000001-checkpoint-000001");
        rig.repository.rollbacks().begin(target);
        assertThatThrownBy(() -> rig.open(newer))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("rolled back to snapshot learner-000001-checkpoint-000001")
                .hasMessageContaining("start without a checkpoint");
        byte[] entry;
        try (LearnerCore core = empty()) {
            assertThat(core.tick()).isZero();
            core.take(CoreRig.click(1, 0, 1, 1, 2));
            core.close(CoreRig.end(1), outcome -> {});
            assertThat(rig.published).isEqualTo(first);
            entry = CoreRig.cut(core, 1);
            core.completed(1);
            rig.runBackground();
            assertThat(rig.repository.rollbacks().pending())
                    .as("the rollback is complete with the first checkpoint behind it")
                    .isEmpty();
        }
        try (LearnerCore core = rig.open(entry)) {
            assertThat(core.tick()).isEqualTo(1);
        }
    }

    @Test
    void everyStartHasANumberOfItsOwn() {
        empty().close();
        byte[] entry;
        try (LearnerCore core = empty()) {
            entry = CoreRig.cut(core, 9);
        }
        rig.open(entry).close();
        assertThat(rig.repository.lastIncarnation()).isEqualTo(3);
        assertThat(LearnerCore.snapshotOf(new LearnerCore.Checkpoint(List.of(entry))))
                .isEqualTo("learner-000002-checkpoint-000009");
    }
}
