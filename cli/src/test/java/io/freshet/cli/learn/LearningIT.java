package io.freshet.cli.learn;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cli.CommandRun;
import io.freshet.cli.data.LogStart;
import io.freshet.cli.log.Brokers;
import io.freshet.cli.log.LogProducer;
import io.freshet.cli.log.TopicPlan;
import io.freshet.cli.progress.Learned;
import io.freshet.cli.progress.Progress;
import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import io.freshet.local.EmbeddedBroker;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EventEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code learn --bounded} against a real broker: ends when this job has learned the log, or fails with its cause. */
class LearningIT {
    private static final long TIME = LogStart.EPOCH;

    @TempDir
    private static Path work;

    private static EmbeddedBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static byte[] event(int n) {
        return new EventEncoder()
                .toAvroSingleObject(BehaviourEvent.of("e" + n, Action.CLICK, TIME + n, "u" + n % 5, "i" + n % 7));
    }

    private static void send(String topic, int from, int to) {
        Map<String, Object> settings = new HashMap<>(LogProducer.settings(broker.bootstrapServers(), "test"));
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int n = from; n < to; n++) {
                producer.send(new ProducerRecord<>(topic, 0, TIME + n * 20L, null, event(n)));
            }
        }
    }

    private static void garbage(String topic) {
        Map<String, Object> settings = new HashMap<>(LogProducer.settings(broker.bootstrapServers(), "test"));
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, "garbage".getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static CommandRun learn(String topic, Path directory, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "learn",
                "--bootstrap-servers",
                broker.bootstrapServers(),
                "--topic",
                topic,
                "--work-dir",
                directory.toString(),
                "--checkpoint-interval",
                "500 ms",
                "--set",
                "model.layers=1",
                "--set",
                "topics.changes=" + topic + "-changes",
                "--set",
                "topics.quality=" + topic + "-quality",
                "--bounded"));
        all.addAll(List.of(more));
        return CommandRun.of(all.toArray(new String[0]));
    }

    private static void make(String topic) {
        Brokers.at(broker.bootstrapServers()).create(List.of(TopicPlan.replayed(topic, 1)), -1);
    }

    @Test
    void itEndsWithWhatThisJobLearnedThroughDirectoriesBehindLinks() throws IOException {
        make("linked");
        Path directory = Files.createDirectories(work.resolve("linked"));
        for (String name : List.of("checkpoints", "snapshots", "state")) {
            Files.createSymbolicLink(
                    directory.resolve(name),
                    Files.createDirectories(work.resolve("disk").resolve(name)));
        }
        send("linked", 0, 60);
        CommandRun first = learn("linked", directory);
        assertThat(first.code()).as(first.out()).isZero();
        assertThat(first.out())
                .contains("made topic linked-changes (1 partition", "1 partition, no snapshot yet")
                .contains("the log's end is learned: 60 events in all");
        CommandRun again = learn("linked", directory);
        assertThat(again.code()).as(again.out()).isZero();
        assertThat(again.out())
                .contains("1 partition, goes on from snapshot ", "no new event")
                .doesNotContain("made topic");
        send("linked", 60, 80);
        garbage("linked");
        CommandRun more = learn("linked", directory);
        assertThat(more.code()).as(more.out()).isZero();
        assertThat(more.out()).contains("80 events in all", "rejected 1 (unknown-format 1)");
        CommandRun digest = CommandRun.of("store", "digest", "--work-dir", directory.toString());
        assertThat(digest.out()).contains("digest ");
        assertThat(Learned.of(work.resolve("disk/snapshots").toString()))
                .as("no learner is left in this JVM")
                .isEmpty();
    }

    @Test
    void whatElseIsOnTheProgressTopicIsNotThisLearners() throws InterruptedException {
        make("strays");
        Brokers.at(broker.bootstrapServers()).create(List.of(TopicPlan.quality("strays-quality")), -1);
        send("strays", 0, 60);
        String foreign = "{\"tick\":9000,\"events\":123456,\"quality\":null,\"counts\":null,\"repository\":\"another\","
                + "\"incarnation\":99}";
        Thread strays = new Thread(() -> {
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                    LogProducer.settings(broker.bootstrapServers(), "strays"),
                    new ByteArraySerializer(),
                    new ByteArraySerializer())) {
                while (!Thread.currentThread().isInterrupted()) {
                    for (String text : List.of("garbage", foreign)) {
                        producer.send(new ProducerRecord<>("strays-quality", text.getBytes(StandardCharsets.UTF_8)));
                    }
                    Thread.sleep(50);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        strays.start();
        CommandRun ran = learn("strays", work.resolve("strays"));
        strays.interrupt();
        strays.join();
        assertThat(ran.code()).as(ran.out()).isZero();
        assertThat(ran.out())
                .contains("60 events in all", "strays-quality are no progress reports")
                .doesNotContain("123,456");
    }

    @Test
    void aBrokerThatIsAwayWhileTheEndIsLookedForIsAskedAgain() throws Exception {
        EmbeddedBroker before = broker;
        EmbeddedBroker mine = EmbeddedBroker.start(work.resolve("kafka-away"), 0);
        broker = mine;
        try {
            make("away");
            Brokers brokers = Brokers.at(mine.bootstrapServers());
            brokers.create(List.of(TopicPlan.quality("away-quality")), -1);
            send("away", 0, 20);
            Map<String, String> keys = Map.of(
                    "topics.events", "away",
                    "topics.quality", "away-quality",
                    "store.repository", work.resolve("away/snapshots").toString());
            JobConfig config = JobConfigFile.load(null, Map.of(), keys).toJobConfig();
            try (LearnerRun run = new LearnerRun(config, brokers, Progress.on(System.err))) {
                assertThat(run.hasLearnedAll()).isFalse();
                CommandRun ran = learn("away", work.resolve("away"));
                assertThat(ran.code()).as(ran.out()).isZero();
                mine.close();
                assertThat(run.hasLearnedAll()).isFalse();
            }
        } finally {
            broker = before;
            mine.close();
        }
    }

    @Test
    void aJobThatFailsIsReportedWithItsOwnCause() {
        make("failing");
        send("failing", 0, 5);
        garbage("failing");
        CommandRun ran = learn("failing", work.resolve("failing"), "--set", "bad-records=fail");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out())
                .contains("freshet: the job failed:", "failing partition 0 offset 5: unknown-format")
                .doesNotContain("the log's end is learned");
    }

    @Test
    void aLogThatIsAnotherOneIsRefusedBeforeAnythingIsCounted() throws Exception {
        make("again");
        send("again", 0, 40);
        Path directory = work.resolve("again");
        assertThat(learn("again", directory).code()).isZero();
        try (Admin admin = Brokers.at(broker.bootstrapServers()).admin()) {
            admin.deleteTopics(List.of("again")).all().get();
        }
        for (int n = 0; Brokers.at(broker.bootstrapServers()).find("again").isPresent(); n++) {
            assertThat(n).isLessThan(600);
            Thread.sleep(50);
        }
        make("again");
        CommandRun refused = learn("again", directory);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.out()).contains("was made again").doesNotContain("records behind");
    }

    @Test
    void anEmptyLogIsLearnedAtOnce() {
        make("empty");
        CommandRun ran = learn("empty", work.resolve("empty"));
        assertThat(ran.code()).as(ran.out()).isZero();
        assertThat(ran.out()).contains("no new event; rejected 0; restarts 0");
    }
}
