package io.freshet.job.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.TestBroker;
import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import io.freshet.job.core.PermanentFailure;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EventEncoder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reader and a real broker: logs as the field has them. */
class EventLogReaderIT {
    private static final long TICK = 250;

    @TempDir
    static Path shared;

    private static TestBroker broker;

    private final Map<String, String> more = new TreeMap<>();
    private final String topic = "events-" + UUID.randomUUID();

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
                "kafka.bootstrap-servers",
                broker.bootstrapServers(),
                "topics.events",
                topic,
                "kafka.properties.max.poll.records",
                "50"));
        flags.putAll(more);
        return JobConfigFile.load(null, Map.of(), flags).toJobConfig();
    }

    private ReaderDrive drive() throws Exception {
        return new ReaderDrive(config());
    }

    private static byte[] event(long n, long time) {
        return new EventEncoder().toJson(BehaviourEvent.of("e" + n, Action.CLICK, time, "u" + n % 5, "i" + n % 7));
    }

    private KafkaProducer<byte[], byte[]> producer(String transaction) {
        Map<String, Object> settings = new TreeMap<>(Map.of(
                "bootstrap.servers", broker.bootstrapServers(), "max.request.size", "8000000", "linger.ms", "5"));
        if (!transaction.isEmpty()) {
            settings.put("transactional.id", transaction);
        }
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private void send(KafkaProducer<byte[], byte[]> producer, int partition, long n, long time) {
        producer.send(new ProducerRecord<>(topic, partition, time, null, event(n, time)));
    }

    /** Writes events, one a tick from tick 40 on. */
    private void write(int partition, int events) {
        try (KafkaProducer<byte[], byte[]> producer = producer("")) {
            for (int n = 0; n < events; n++) {
                send(producer, partition, n, (40 + n) * TICK);
            }
        }
    }

    @Test
    void aSilentPartitionHoldsNoTick() throws Exception {
        broker.create(topic, 3);
        write(0, 4);
        try (ReaderDrive drive = drive()) {
            drive.add(0, 1, 2);
            drive.until(() -> drive.closed() >= 42);
            assertThat(drive.events).containsExactly("0:0", "0:1", "0:2", "0:3");
        }
    }

    @Test
    void ofTransactionsOnlyWhatIsCommittedIsReadAndAnOpenOneHoldsNobody() throws Exception {
        broker.create(topic, 2);
        try (KafkaProducer<byte[], byte[]> one = producer("one-" + topic);
                KafkaProducer<byte[], byte[]> open = producer("open-" + topic)) {
            one.initTransactions();
            one.beginTransaction();
            send(one, 0, 1, 40 * TICK);
            send(one, 0, 2, 41 * TICK);
            one.commitTransaction();
            one.beginTransaction();
            send(one, 0, 3, 42 * TICK);
            one.flush();
            one.abortTransaction();
            open.initTransactions();
            open.beginTransaction();
            send(open, 1, 4, 40 * TICK);
            open.flush();
            one.beginTransaction();
            send(one, 0, 5, 43 * TICK);
            one.commitTransaction();
            try (ReaderDrive drive = drive()) {
                drive.add(0, 1);
                // Offset 2 is a control record, 3 was aborted, 4 is a control record again.
                drive.until(() -> drive.closed() >= 43);
                assertThat(drive.events).containsExactly("0:0", "0:1", "0:5");
                open.commitTransaction();
                drive.until(() -> drive.events.size() == 4);
                assertThat(drive.events).endsWith("1:0");
                assertThat(drive.saved(0).position())
                        .as("behind the last control record")
                        .isEqualTo(7);
            }
        }
    }

    @Test
    void anExpiredPrefixIsWhereAFreshLogBeginsAndAGapBehindACheckpoint() throws Exception {
        broker.create(topic, 1);
        write(0, 8);
        LogSplit saved;
        try (ReaderDrive drive = drive()) {
            drive.add(0);
            drive.until(() -> drive.events.size() == 8);
            LogSplit all = drive.saved(0);
            saved = new LogSplit(all.topicId(), 0, 2, all.afterTick(), all.clock(), all.feedOffset(), all.breaker());
        }
        try (Admin admin = broker.admin()) {
            admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(5)))
                    .all()
                    .get();
        }
        try (ReaderDrive drive = drive()) {
            drive.add(0);
            drive.until(() -> drive.events.size() == 3);
            assertThat(drive.events).containsExactly("0:5", "0:6", "0:7");
        }
        try (ReaderDrive drive = drive()) {
            assertThatThrownBy(() -> drive.reader.addSplits(List.of(saved)))
                    .isInstanceOf(SuppressRestartsException.class)
                    .hasCauseInstanceOf(PermanentFailure.class)
                    .hasStackTraceContaining("3 offsets were deleted before they were learned");
        }
        more.put("start.accept", "gap");
        try (ReaderDrive drive = drive()) {
            drive.reader.addSplits(List.of(saved));
            drive.until(() -> drive.events.size() == 3);
            assertThat(drive.notes).containsExactly("gap of offsets 2 to 4");
        }
    }

    @Test
    void anAddedPartitionIsReadBesideTheOthers() throws Exception {
        broker.create(topic, 1);
        write(0, 3);
        try (ReaderDrive drive = drive()) {
            drive.add(0);
            drive.until(() -> drive.events.size() == 3);
            try (Admin admin = broker.admin()) {
                admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2)))
                        .all()
                        .get();
            }
            drive.add(1);
            write(1, 5);
            drive.until(() -> drive.events.size() == 8 && drive.closed() >= 43);
            assertThat(drive.events.subList(3, 8)).containsExactly("1:0", "1:1", "1:2", "1:3", "1:4");
        }
    }

    @Test
    void anOversizedRecordIsRejectedByNameAndReadingGoesOn() throws Exception {
        broker.create(topic, 1);
        try (KafkaProducer<byte[], byte[]> producer = producer("")) {
            send(producer, 0, 1, 40 * TICK);
            producer.send(new ProducerRecord<>(topic, 0, 40 * TICK, null, new byte[3 << 20]));
            send(producer, 0, 2, 41 * TICK);
        }
        try (ReaderDrive drive = drive()) {
            drive.add(0);
            drive.until(() -> drive.events.size() == 3);
            assertThat(drive.rejected).hasSize(1);
            assertThat(drive.rejected.get(0).offset).isEqualTo(1);
            assertThat(drive.rejected.get(0).error).contains("3145728 bytes");
        }
    }

    @Test
    void aTopicThatIsMadeAgainEndsTheJob() throws Exception {
        broker.create(topic, 1);
        write(0, 3);
        try (ReaderDrive drive = drive()) {
            drive.add(0);
            drive.until(() -> drive.events.size() == 3);
            try (Admin admin = broker.admin()) {
                admin.deleteTopics(List.of(topic)).all().get();
            }
            assertThatThrownBy(() -> drive.until(() -> false))
                    .isInstanceOf(SuppressRestartsException.class)
                    .hasCauseInstanceOf(PermanentFailure.class)
                    .hasStackTraceContaining(topic);
        }
    }

    @Test
    void aPartitionThatRunsAheadIsPausedUntilTheOtherComesUp() throws Exception {
        broker.create(topic, 2);
        more.put("tick.idle-pause", "600 s");
        more.put("tick.max-records", "8");
        more.put("tick.max-open-records", "16");
        write(0, 3000);
        try (ReaderDrive drive = drive()) {
            drive.add(0, 1);
            drive.untilQuiet();
            assertThat(drive.events.size()).isBetween(16, 16 + 6 * 50);
            assertThat(drive.closed()).isEqualTo(-1);
            write(1, 3000);
            drive.until(() -> drive.events.size() == 6000);
        }
    }
}
