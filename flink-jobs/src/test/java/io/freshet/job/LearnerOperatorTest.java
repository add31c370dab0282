package io.freshet.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.RejectedRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.store.directory.DirectoryLock;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The learner in Flink's harness, with RocksDB, a directory and a broker: what Flink calls and what is left behind. */
@SuppressWarnings("try") // The harness throws anything when it is closed.
class LearnerOperatorTest {
    private static final long TICK = 250;

    @TempDir
    static Path shared;

    private static TestBroker broker;

    @TempDir
    Path work;

    private final Map<String, String> more = new TreeMap<>();

    @BeforeAll
    static void start() throws Exception {
        broker = TestBroker.start(shared);
        broker.create("freshet.changes.v1", 1);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private JobConfig config() throws Exception {
        Map<String, String> flags = new TreeMap<>(Map.of(
                "kafka.bootstrap-servers", broker.bootstrapServers(),
                "store.lanes", "2",
                "learner.capacity", "100",
                "store.repository", work.resolve("repository").toString(),
                "store.state-directory", work.resolve("state").toString()));
        // Every test has a repository of its own, and all of them one feed.
        flags.put("start.accept", "foreign-feed");
        flags.putAll(more);
        return JobConfigFile.load(null, Map.of(), flags).toJobConfig();
    }

    private OneInputStreamOperatorTestHarness<TickedEvent, String> harness() throws Exception {
        OneInputStreamOperatorTestHarness<TickedEvent, String> harness =
                new OneInputStreamOperatorTestHarness<>(new LearnerOperatorFactory(config(), "topic-a"));
        harness.setup();
        return harness;
    }

    private OneInputStreamOperatorTestHarness<TickedEvent, String> opened() throws Exception {
        OneInputStreamOperatorTestHarness<TickedEvent, String> harness = harness();
        harness.open();
        return harness;
    }

    private SnapshotRepository repository() {
        return new SnapshotRepository(work.resolve("repository"));
    }

    private static TickedEvent click(long tick, long offset, int user, int item) {
        RawRecord record = new RawRecord();
        record.offset = offset;
        record.timestamp = tick * TICK;
        return TickedEvent.of(
                tick,
                record,
                BehaviourEvent.of("e" + offset, Action.CLICK, record.timestamp, "u" + user, "i" + item),
                EntityIds.standard());
    }

    private static void learn(
            OneInputStreamOperatorTestHarness<TickedEvent, String> harness, long tick, TickedEvent... events)
            throws Exception {
        for (TickedEvent event : events) {
            harness.processElement(new StreamRecord<>(event));
        }
        harness.processWatermark((tick + 1) * TICK - 1);
    }

    private List<Path> left() throws Exception {
        try (Stream<Path> files = Files.list(work.resolve("state"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("learner-"))
                    .toList();
        }
    }

    private void requireLetGo() throws Exception {
        assertThat(left()).isEmpty();
        DirectoryLock.take(work.resolve("repository"), "repository", "a test").close();
    }

    @Test
    void aRestoredOperatorGoesOnWithOpenEventsAndThereIsOneReportATick() throws Exception {
        OperatorSubtaskState state;
        try (OneInputStreamOperatorTestHarness<TickedEvent, String> harness = opened()) {
            learn(harness, 0, click(0, 0, 1, 1), click(0, 1, 2, 1));
            harness.processElement(new StreamRecord<>(click(1, 2, 1, 2)));
            state = harness.snapshot(1, 1);
            harness.notifyOfCompletedCheckpoint(1);
            assertThat(harness.extractOutputValues()).hasSize(1).allMatch(report -> report.contains("\"tick\":0"));
        }
        assertThat(repository().names()).contains("learner-000001-checkpoint-000001");
        requireLetGo();
        try (OneInputStreamOperatorTestHarness<TickedEvent, String> harness = harness()) {
            harness.initializeState(state);
            harness.open();
            learn(harness, 1);
            assertThat(harness.extractOutputValues()).hasSize(1).allMatch(report -> report.contains("\"tick\":1"));
            harness.endInput();
            harness.getOperator().finish();
        }
        Manifest end = repository().latest().orElseThrow();
        assertThat(end.id()).endsWith("-end");
        assertThat(end.tick()).isEqualTo(1);
        assertThat(end.frontier()).isEqualTo(Map.of(0, 2L));
        requireLetGo();
    }

    @Test
    void aSavepointsSnapshotIsTagged() throws Exception {
        try (OneInputStreamOperatorTestHarness<TickedEvent, String> harness = opened()) {
            learn(harness, 0, click(0, 0, 1, 1));
            harness.snapshot(1, 1);
            harness.snapshotWithLocalState(2, 2, SavepointType.savepoint(SavepointFormatType.CANONICAL));
            // Flink notifies of no savepoint that does not stop the job.
            for (int checkpoint = 3; checkpoint <= 7; checkpoint++) {
                harness.snapshot(checkpoint, checkpoint);
                harness.notifyOfCompletedCheckpoint(checkpoint);
            }
        }
        assertThat(repository().tags().all().values()).containsExactly("learner-000001-checkpoint-000002");
        assertThat(repository().verify(repository().load("learner-000001-checkpoint-000002")))
                .isEmpty();
    }

    @Test
    void anAsynchronousPartThatIsCancelledUploadsNothingAndTheNextCheckpointDoes() throws Exception {
        try (OneInputStreamOperatorTestHarness<TickedEvent, String> harness = opened()) {
            learn(harness, 0, click(0, 0, 1, 1));
            OperatorSnapshotFutures futures = harness.getOperator()
                    .snapshotState(
                            1,
                            1,
                            CheckpointOptions.forCheckpointWithDefaultLocation(),
                            new MemCheckpointStreamFactory(1 << 20));
            futures.cancel();
            assertThat(futures.getOperatorStateManagedFuture().isCancelled()).isTrue();
            assertThat(left().get(0).resolve("cuts")).isEmptyDirectory();
            harness.getOperator().notifyCheckpointAborted(1);
            assertThatThrownBy(() -> repository().load("learner-000001-checkpoint-000001"))
                    .hasMessageContaining("there is no snapshot");
            harness.snapshot(2, 2);
            harness.notifyOfCompletedCheckpoint(2);
        }
        assertThat(repository().latest().orElseThrow().id()).isEqualTo("learner-000001-checkpoint-000002");
        requireLetGo();
    }

    @Test
    void anOperatorThatCannotOpenEndsTheJobAndHoldsNothing() throws Exception {
        OperatorSubtaskState state;
        try (OneInputStreamOperatorTestHarness<TickedEvent, String> harness = opened()) {
            learn(harness, 0, click(0, 0, 1, 1));
            state = harness.snapshot(1, 1);
        }
        more.put("store.history-length", "77");
        // Closed as a task does it: the harness would end the log first, which a task does not after a failed opening.
        OneInputStreamOperatorTestHarness<TickedEvent, String> harness = harness();
        assertThatThrownBy(() -> harness.initializeState(state))
                .hasRootCauseInstanceOf(PermanentFailure.class)
                .isInstanceOf(SuppressRestartsException.class)
                .hasStackTraceContaining("freshet.store.history-length was 200 and is 77");
        harness.getOperator().close();
        requireLetGo();
    }

    @Test
    void aRepositoryThatSomebodyElseHoldsEndsTheJobWithHisName() throws Exception {
        Files.createDirectories(work.resolve("repository"));
        OneInputStreamOperatorTestHarness<TickedEvent, String> harness = harness();
        try (DirectoryLock held =
                DirectoryLock.take(work.resolve("repository"), "repository", "a test that holds it")) {
            assertThat(held).isNotNull();
            assertThatThrownBy(harness::initializeEmptyState)
                    .isInstanceOf(SuppressRestartsException.class)
                    .hasStackTraceContaining("a test that holds it");
        }
        harness.getOperator().close();
    }

    private static TickedEvent thief(long tick, long offset) {
        TickedEvent event = click(tick, offset, 1, 2);
        event.subject = "mallory";
        return event;
    }

    @Test
    void anEventWhoseIdIsAnothersGoesToTheDeadLettersWithItsPlace() throws Exception {
        try (OneInputStreamOperatorTestHarness<TickedEvent, String> harness = opened()) {
            learn(harness, 0, click(0, 0, 1, 1));
            learn(harness, 1, thief(1, 1), click(1, 2, 1, 3));
            assertThat(harness.getSideOutput(LearnerOperator.REFUSED)).hasSize(1);
            RejectedRecord refused =
                    harness.getSideOutput(LearnerOperator.REFUSED).remove().getValue();
            assertThat(refused.partition).isZero();
            assertThat(refused.offset).isEqualTo(1);
            assertThat(refused.timestamp).isEqualTo(RejectedRecord.UNKNOWN);
            assertThat(refused.reason).isEqualTo("id-collision");
            assertThat(refused.error).contains("mallory");
            assertThat(refused.value).isNull();
            // One that is open when the log ends is not forgotten.
            harness.processElement(new StreamRecord<>(thief(2, 3)));
            harness.getOperator().finish();
            assertThat(harness.getSideOutput(LearnerOperator.REFUSED).remove().getValue().offset)
                    .isEqualTo(3);
        }
    }

    @Test
    void refusedEventsAreSkippedOrEndTheJobAsBadRecordsDo() throws Exception {
        more.put("bad-records", "skip");
        try (OneInputStreamOperatorTestHarness<TickedEvent, String> harness = opened()) {
            learn(harness, 0, click(0, 0, 1, 1), thief(0, 1));
            assertThat(harness.getSideOutput(LearnerOperator.REFUSED)).isNull();
            assertThat(harness.extractOutputValues()).hasSize(1);
        }
        more.put("bad-records", "fail");
        more.put("store.repository", work.resolve("another").toString());
        try (OneInputStreamOperatorTestHarness<TickedEvent, String> harness = opened()) {
            assertThatThrownBy(() -> learn(harness, 0, click(0, 0, 1, 1), thief(0, 1)))
                    .isInstanceOf(SuppressRestartsException.class)
                    .hasStackTraceContaining("freshet.behaviour.v1 partition 0 offset 1: id-collision")
                    .hasStackTraceContaining("mallory");
        }
    }
}
