package io.freshet.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cli.CommandRun;
import io.freshet.cli.log.Brokers;
import io.freshet.local.EmbeddedBroker;
import io.freshet.local.LoopbackPorts;
import io.freshet.schema.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands around a real broker: what is replayed, and what is said of it. */
class ReplayingIT {
    private static final String RATINGS = "userId,movieId,rating,timestamp\n";

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

    private static CommandRun replay(String topic, String... more) {
        List<String> all =
                new ArrayList<>(List.of("replay", "--bootstrap-servers", broker.bootstrapServers(), "--topic", topic));
        all.addAll(List.of(more));
        return CommandRun.of(all.toArray(new String[0]));
    }

    private static CommandRun validate(String topic) {
        return CommandRun.of("events", "validate", "--topic", topic, "--bootstrap-servers", broker.bootstrapServers());
    }

    private static Path write(String name, String text) throws IOException {
        return Files.writeString(work.resolve(name), text, StandardCharsets.UTF_8);
    }

    /** Events of a topic; heartbeats are left out. */
    private static List<ConsumerRecord<byte[], byte[]>> events(String topic) {
        Brokers brokers = Brokers.at(broker.bootstrapServers());
        List<TopicPartition> partitions = brokers.partitions(topic);
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.consumer(Map.of())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                consumer.poll(Duration.ofMillis(200)).forEach(all::add);
            }
        }
        return all.stream()
                .filter(record -> record.headers().lastHeader(Topics.HEARTBEAT) == null)
                .toList();
    }

    @Test
    void aTopicIsMadeOnceAndThenUsedAsItIs() {
        CommandRun first = replay("made", "--partitions", "3", "--events", "300", "--dataset", "simulator");
        assertThat(first.code()).as(first.out()).isZero();
        assertThat(first.out())
                .contains("made topic made (3 partitions", "sent 300 events of simulator to made")
                .contains("3 partitions, 500 events per second of log time", "begins at 2023-11-14T22:13:20Z");
        CommandRun second = replay("made", "--partitions", "1", "--events", "300", "--dataset", "simulator");
        assertThat(second.out()).doesNotContain("made topic").contains("behind the topic's newest record");
        Set<Integer> partitions = new HashSet<>();
        events("made").forEach(record -> partitions.add(record.partition()));
        assertThat(partitions).containsExactlyInAnyOrder(0, 1, 2);
        CommandRun valid = validate("made");
        assertThat(valid.code()).as(valid.out()).isZero();
        assertThat(valid.out()).containsPattern(" 600  accepted").contains("heartbeat");
    }

    @Test
    void theLogsTimeFollowsTheRate() {
        CommandRun ran = replay("slow", "--events", "50", "--rate", "100", "--partitions", "1");
        assertThat(ran.out()).contains("100 events per second of log time");
        List<ConsumerRecord<byte[], byte[]>> sent = events("slow");
        assertThat(sent).hasSize(50);
        assertThat(sent.get(49).timestamp() - sent.get(0).timestamp()).isEqualTo(490);
    }

    @Test
    void newDataAreNotFromTheFuture() throws IOException {
        long newest = Instant.parse("2025-06-01T00:00:00Z").getEpochSecond();
        StringBuilder ratings = new StringBuilder(RATINGS);
        for (int n = 0; n < 20; n++) {
            ratings.append(n % 3)
                    .append(',')
                    .append(n)
                    .append(",4,")
                    .append(newest - n * 86_400)
                    .append('\n');
        }
        Path file = write("new.csv", ratings.toString());
        CommandRun ran = replay("new", "--dataset", "ml-20m", "--path", file.toString());
        assertThat(ran.out()).contains("begins at 2025-06-01T00:00:00Z", "sent 20 events");
        CommandRun valid = validate("new");
        assertThat(valid.code()).as(valid.out()).isZero();
    }

    @Test
    void anInstantMayBeginTimeAgainAndIsToldWhatThatDoes() {
        replay("again", "--events", "10", "--partitions", "1");
        CommandRun ran = replay("again", "--events", "10", "--log-start", "2020-01-01T00:00:00Z");
        assertThat(ran.out()).contains("begins at 2020-01-01T00:00:00Z", "time begins again");
        assertThat(events("again"))
                .last()
                .satisfies(record -> assertThat(record.timestamp()).isLessThan(LogStart.EPOCH));
    }

    @Test
    void malformedLinesAreToldBesideWhatWasSent() throws IOException {
        Path file = write("some.csv", RATINGS + "1,2,3,20\nnonsense\n2,,3,30\n");
        CommandRun ran = replay("some", "--dataset", "ml-20m", "--path", file.toString());
        assertThat(ran.code()).isZero();
        assertThat(ran.out())
                .contains("sent 1 events of ml-20m to some (0 lines left out, 2 malformed)")
                .contains("some.csv line 3: no field for");
    }

    @Test
    void aTopicThatIsNotThereOrEmptyIsNoSuccess() {
        CommandRun absent = validate("nosuchtopic");
        assertThat(absent.code()).isEqualTo(1);
        assertThat(absent.out()).contains("there is no topic nosuchtopic at");
        replay("nothing", "--events", "0");
        CommandRun empty = validate("nothing");
        assertThat(empty.code()).isEqualTo(1);
        assertThat(empty.out()).contains("there is no event in topic nothing");
        CommandRun learn = CommandRun.of(
                "learn",
                "--bootstrap-servers",
                broker.bootstrapServers(),
                "--topic",
                "nosuchtopic",
                "--work-dir",
                work.resolve("learner").toString());
        assertThat(learn.code()).isEqualTo(1);
        assertThat(learn.out()).contains("there is no topic nosuchtopic at");
    }

    @Test
    void portsOnLoopbackAreFreeAndNotTheSame() throws IOException {
        Set<Integer> ports = new HashSet<>();
        for (int n = 0; n < 20; n++) {
            int port = LoopbackPorts.free();
            assertThat(ports.add(port)).isTrue();
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                assertThat(socket.getLocalPort()).isEqualTo(port);
            }
        }
    }
}
