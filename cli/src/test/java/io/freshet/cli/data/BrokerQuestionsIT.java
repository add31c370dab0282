package io.freshet.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.freshet.cli.CommandRun;
import io.freshet.cli.log.Brokers;
import io.freshet.cli.log.LogEnds;
import io.freshet.cli.log.LogProducer;
import io.freshet.cli.log.QualityFeed;
import io.freshet.cli.log.RejectedCounts;
import io.freshet.cli.log.TopicPlan;
import io.freshet.dataset.Datasets;
import io.freshet.dataset.EventStream;
import io.freshet.local.EmbeddedBroker;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EventEncoder;
import io.freshet.schema.Topics;
import io.freshet.schema.wire.EventSchemas;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands ask of a broker, asked of a real one. */
class BrokerQuestionsIT {
    private static final long TIME = LogStart.EPOCH;

    @TempDir
    private static Path work;

    private static EmbeddedBroker broker;
    private static Brokers brokers;

    @BeforeAll
    static void start() throws Exception {
        broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
        brokers = Brokers.at(broker.bootstrapServers());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static void make(String topic, int partitions) {
        assertThat(brokers.create(List.of(new TopicPlan(topic, partitions, Map.of())), -1))
                .hasSize(1);
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> own) {
        Map<String, Object> settings = new HashMap<>(LogProducer.settings(brokers, "test"));
        settings.putAll(own);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static byte[] event(int n) {
        return new EventEncoder()
                .toAvroSingleObject(BehaviourEvent.of("e" + n, Action.CLICK, TIME + n, "u" + n % 5, "i" + n % 7));
    }

    private static void send(String topic, int partition, byte[]... values) {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            for (byte[] value : values) {
                producer.send(new ProducerRecord<>(topic, partition, TIME, null, value));
            }
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(String topic, int expected) {
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        List<TopicPartition> partitions = brokers.partitions(topic);
        try (KafkaConsumer<byte[], byte[]> consumer = brokers.consumer(Map.of())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (all.size() < expected && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(all::add);
            }
        }
        return all;
    }

    @Test
    void aTopicThatIsNotThereIsNamedBesideThoseThatAre() {
        make("present", 3);
        assertThat(brokers.partitions("present"))
                .extracting(TopicPartition::partition)
                .containsExactly(0, 1, 2);
        assertThatThrownBy(() -> brokers.partitions("nosuchtopic"))
                .hasMessageContaining("there is no topic nosuchtopic at " + brokers.servers())
                .hasMessageContaining("present");
        assertThat(brokers.find("nosuchtopic")).isEmpty();
        brokers.requireReachable();
    }

    @Test
    void topicsAreMadeOnceWithTheirSettingsAndAFactorThatIsPossible() throws Exception {
        List<TopicPlan> plans = List.of(TopicPlan.changes("my-changes"), TopicPlan.replayed("my-events", 4));
        assertThat(brokers.create(plans, -1))
                .hasSize(2)
                .first()
                .asString()
                .contains("my-changes (1 partition", "retention.bytes=1073741824");
        assertThat(brokers.create(plans, -1)).isEmpty();
        assertThat(brokers.create(List.of(TopicPlan.quality("my-quality")), 1)).hasSize(1);
        assertThatThrownBy(() -> brokers.create(List.of(TopicPlan.deadLetters("my-events")), 3))
                .hasMessageContainingAll("my-events.dlq", "cannot be made", "topics.replication-factor 3");
    }

    @Test
    void transactionsEndWithRecordsThatNobodyLearns() {
        make("transactional", 1);
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", "t"))) {
            producer.initTransactions();
            producer.beginTransaction();
            for (int n = 0; n < 50; n++) {
                producer.send(new ProducerRecord<>("transactional", 0, TIME, null, event(n)));
            }
            producer.commitTransaction();
            producer.beginTransaction();
            for (int n = 50; n < 60; n++) {
                producer.send(new ProducerRecord<>("transactional", 0, TIME, null, event(n)));
            }
            producer.flush();
            producer.abortTransaction();
        }
        try (LogEnds ends = LogEnds.now(brokers, "transactional")) {
            assertThat(ends.reachedBy(Map.of(0, 48L))).isFalse();
            assertThat(ends.reachedBy(Map.of(0, 49L)))
                    .as("the last committed event is at 49")
                    .isTrue();
            assertThat(ends.behind(Map.of(0, 61L))).hasValue(0);
            assertThat(ends.behind(Map.of(0, 49L)))
                    .as("a marker, aborted events and their marker are behind nobody")
                    .hasValue(0);
            assertThat(ends.behind(Map.of(0, 39L)).orElseThrow()).isGreaterThanOrEqualTo(10);
            assertThat(ends.behind(Map.of(0, 62L)))
                    .as("a log that ends before what was learned is another one")
                    .isEmpty();
        }
    }

    @Test
    void emptyAndExpiredPartitionsHoldNobody() throws Exception {
        make("expired", 3);
        send("expired", 0, event(1), event(2));
        send("expired", 1, event(3), event(4), event(5));
        TopicPartition one = new TopicPartition("expired", 1);
        try (Admin admin = brokers.admin()) {
            admin.deleteRecords(Map.of(one, RecordsToDelete.beforeOffset(3)))
                    .all()
                    .get();
        }
        try (LogEnds ends = LogEnds.now(brokers, "expired")) {
            assertThat(ends.partitions()).isEqualTo(3);
            assertThat(ends.reachedBy(Map.of())).isFalse();
            assertThat(ends.behind(Map.of())).hasValue(2);
            assertThat(ends.reachedBy(Map.of(0, 1L))).isTrue();
            send("expired", 0, event(6));
            assertThat(ends.reachedBy(Map.of(0, 1L)))
                    .as("the end is that of the beginning")
                    .isTrue();
            assertThat(ends.behind(Map.of(0, 1L))).hasValue(1);
        }
    }

    @Test
    void aRecordThatIsNoEventHoldsNobodyAndAHeartbeatDoes() {
        make("trailing", 1);
        send("trailing", 0, event(1), "garbage".getBytes(StandardCharsets.UTF_8));
        try (LogEnds ends = LogEnds.now(brokers, "trailing")) {
            assertThat(ends.reachedBy(Map.of(0, 0L))).isTrue();
        }
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            Header only = new RecordHeader(Topics.HEARTBEAT, new byte[0]);
            producer.send(new ProducerRecord<>("trailing", 0, TIME, null, null, List.of(only)));
        }
        try (LogEnds ends = LogEnds.now(brokers, "trailing")) {
            assertThat(ends.reachedBy(Map.of(0, 0L))).isFalse();
            assertThat(ends.reachedBy(Map.of(0, 2L))).isTrue();
        }
    }

    @Test
    void whatIsNoProgressReportIsCountedAndLeftOut() {
        make("reports", 1);
        String report = "{\"tick\":7,\"events\":3,\"quality\":null,\"counts\":null,\"newField\":1";
        try (QualityFeed feed = QualityFeed.fromNow(brokers, "reports")) {
            for (String text :
                    List.of("garbage", "{}", report + "}", report + ",\"repository\":\"r\",\"incarnation\":4}")) {
                send("reports", 0, text.getBytes(StandardCharsets.UTF_8));
            }
            send("reports", 0, new byte[][] {null});
            List<QualityFeed.Report> read = new ArrayList<>();
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (read.size() + feed.unreadable() < 5 && System.nanoTime() < deadline) {
                read.addAll(feed.poll(Duration.ofMillis(100)));
            }
            assertThat(feed.unreadable()).isEqualTo(3);
            assertThat(read).extracting(QualityFeed.Report::repository).containsExactly("", "r");
            assertThat(read).extracting(QualityFeed.Report::incarnation).containsExactly(0L, 4L);
            assertThat(read).allMatch(one -> one.tick().tick() == 7);
        }
    }

    @Test
    void recordsInConfluentsFramingAreValidatedAsTheLearnerReadsThem() throws Exception {
        make("framed", 1);
        byte[] single = event(1);
        byte[] framed = ByteBuffer.allocate(single.length - 5)
                .put((byte) 0)
                .putInt(9)
                .put(single, 10, single.length - 10)
                .array();
        send("framed", 0, framed);
        CommandRun without =
                CommandRun.of("events", "validate", "--topic", "framed", "--bootstrap-servers", brokers.servers());
        assertThat(without.out())
                .contains("1  cannot be told without schema-registry.url")
                .doesNotContain("rejected");
        assertThat(without.code()).isEqualTo(1);
        HttpServer registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/schemas/ids/9", exchange -> {
            String schema = EventSchemas.current().toString();
            byte[] body = new ObjectMapper().writeValueAsBytes(Map.of("schema", schema));
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        registry.start();
        try {
            CommandRun with = CommandRun.of(
                    "events",
                    "validate",
                    "--topic",
                    "framed",
                    "--bootstrap-servers",
                    brokers.servers(),
                    "--set",
                    "schema-registry.url=http://127.0.0.1:"
                            + registry.getAddress().getPort(),
                    "--set",
                    "schema-registry.cache-directory=" + work.resolve("schemas"));
            assertThat(with.code()).as(with.out()).isZero();
            assertThat(with.out()).contains("1  accepted, ");
        } finally {
            registry.stop(0);
        }
    }

    @Test
    void rejectedRecordsAreCountedByReasonAndOnce() {
        make("watched" + Topics.DEAD_LETTERS, 1);
        letter("watched", 7, "malformed");
        try (RejectedCounts counts = new RejectedCounts(brokers, "watched")) {
            letter("watched", 8, "malformed");
            letter("watched", 9, "invalid-id");
            letter("watched", 8, "malformed");
            letter("watched", 10, "malformed");
            // A learner refuses it long after the source has rejected what stands behind it.
            letter("watched", 5, "id-collision");
            letter("watched", 10, "malformed");
            letter("watched", 11, "malformed");
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (counts.total() < 5 && System.nanoTime() < deadline) {
                counts.look();
            }
            assertThat(counts.byReason())
                    .isEqualTo(new TreeMap<>(Map.of("malformed", 3L, "invalid-id", 1L, "id-collision", 1L)));
            assertThat(counts.example()).contains("offset 5: id-collision: why");
        }
        try (RejectedCounts none = new RejectedCounts(brokers, "without")) {
            none.look();
            assertThat(none.total()).isZero();
        }
    }

    private static void letter(String topic, long offset, String reason) {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(topic + Topics.DEAD_LETTERS, new byte[3]);
            Map.of("partition", "0", "offset", "" + offset, "reason", reason, "error", "why")
                    .forEach((name, value) ->
                            letter.headers().add("freshet.dlq." + name, value.getBytes(StandardCharsets.UTF_8)));
            producer.send(letter);
        }
    }

    @Test
    void aReplayUsesThePartitionsThatAreThereAndASecondGoesOnBehindIt() {
        make("replayed", 4);
        List<TopicPartition> partitions = brokers.partitions("replayed");
        assertThat(LogStart.newest(brokers, partitions)).isEmpty();
        assertThat(replay("replayed", 4, TIME)).isEqualTo(200);
        Optional<Long> last = LogStart.newest(brokers, partitions);
        assertThat(last).contains(TIME + 2000);
        long second = new LogStart("auto", TIME * 2).millis(Optional.empty(), 0, last);
        assertThat(replay("replayed", 4, second)).isEqualTo(200);
        List<ConsumerRecord<byte[], byte[]>> all = read("replayed", 2 * (200 + 8 * 4));
        assertThat(all).extracting(ConsumerRecord::partition).contains(0, 1, 2, 3);
        for (int partition = 0; partition < 4; partition++) {
            int wanted = partition;
            assertThat(all.stream()
                            .filter(record -> record.partition() == wanted)
                            .map(ConsumerRecord::timestamp))
                    .as("partition " + partition)
                    .isSorted()
                    .contains(TIME + 2000, second + 250);
        }
    }

    private static long replay(String topic, int partitions, long start) {
        try (EventStream events = Datasets.open("simulator", null)) {
            return new DatasetProducer(brokers, topic, partitions, 100, start).run(events, 200, 0);
        }
    }

    @Test
    void propertiesReachEveryClientAndBrokersThatRefuseAreNamed() {
        Brokers tls = new Brokers("host:1", Map.of("security.protocol", "SSL", "linger.ms", "77", "acks", "0"));
        assertThat(tls.settings(Map.of("client.id", "x")))
                .containsEntry("security.protocol", "SSL")
                .containsEntry("client.id", "x")
                .containsEntry("bootstrap.servers", "host:1");
        assertThat(LogProducer.settings(tls, "x"))
                .containsEntry("security.protocol", "SSL")
                .containsEntry("linger.ms", "77")
                .as("what the log needs wins")
                .containsEntry("acks", "all");
        Brokers mute = new Brokers(broker.bootstrapServers(), Map.of("security.protocol", "SASL_PLAINTEXT"));
        assertThatThrownBy(mute::requireReachable).isInstanceOf(RuntimeException.class);
    }
}
