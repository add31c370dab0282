package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.freshet.local.EmbeddedBroker;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EventEncoder;
import io.freshet.schema.Topics;
import io.freshet.schema.wire.EventSchemas;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log with garbage, duplicates and times from the future: what is good is learned, the rest is kept and explained.
 */
class DirtyLogIT {
    private static final long TIME = 1_700_000_000_000L;

    @TempDir
    Path work;

    @Test
    void badRecordsGoToTheDeadLettersAndTheRestIsLearned() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            processes.run("topic", "replay", "--bootstrap-servers", servers, "--partitions", "1", "--events", "0");
            List<byte[]> bad = bad();
            send(servers, 2000, bad);
            processes.run(
                    "learn",
                    "learn",
                    "--bootstrap-servers",
                    servers,
                    "--work-dir",
                    work.resolve("learner").toString(),
                    "--checkpoint-interval",
                    "500",
                    "--bounded");
            List<ConsumerRecord<byte[], byte[]>> dead =
                    read(servers, Topics.BEHAVIOUR + Topics.DEAD_LETTERS, bad.size());
            assertThat(dead).extracting(ConsumerRecord::value).containsExactlyElementsOf(bad);
            assertThat(dead.stream().map(record -> header(record, "reason")).collect(Collectors.toSet()))
                    .contains("null-value", "unknown-format", "malformed", "invalid-id", "invalid-time");
            assertThat(dead).allSatisfy(record -> {
                assertThat(header(record, "topic")).isEqualTo(Topics.BEHAVIOUR);
                assertThat(Long.parseLong(header(record, "offset"))).isNotNegative();
                assertThat(header(record, "error")).isNotBlank();
            });
            List<ConsumerRecord<byte[], byte[]>> quality = read(servers, Topics.QUALITY, 1);
            String last = new String(quality.get(quality.size() - 1).value(), StandardCharsets.UTF_8);
            assertThat(last).contains("\"events\":2000,").contains("\"duplicates\":20,");
        }
    }

    @Test
    void eventsInConfluentsFramingAreLearnedWithTheRegistrysSchema() throws Exception {
        HttpServer registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
        byte[] answer = new ObjectMapper()
                .createObjectNode()
                .put("schema", EventSchemas.current().toString())
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        registry.createContext("/schemas/ids/7", exchange -> {
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        registry.start();
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            processes.run("topic", "replay", "--bootstrap-servers", servers, "--partitions", "1", "--events", "0");
            EventEncoder encoder = new EventEncoder();
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", servers), new ByteArraySerializer(), new ByteArraySerializer())) {
                for (int n = 0; n < 500; n++) {
                    BehaviourEvent event = event("e" + n, "u" + n % 7, "i" + n % 11, TIME + n);
                    byte[] value = encoder.toConfluent(event, 7);
                    producer.send(new ProducerRecord<>(Topics.BEHAVIOUR, 0, TIME + n, null, value));
                }
            }
            processes.run(
                    "learn",
                    "learn",
                    "--bootstrap-servers",
                    servers,
                    "--work-dir",
                    work.resolve("learner").toString(),
                    "--set",
                    "schema-registry.url=http://127.0.0.1:"
                            + registry.getAddress().getPort(),
                    "--set",
                    "schema-registry.cache-directory=" + work.resolve("schemas"),
                    "--checkpoint-interval",
                    "500",
                    "--bounded");
            List<ConsumerRecord<byte[], byte[]>> quality = read(servers, Topics.QUALITY, 1);
            String last = new String(quality.get(quality.size() - 1).value(), StandardCharsets.UTF_8);
            assertThat(last).contains("\"events\":500,");
        } finally {
            registry.stop(0);
        }
    }

    @Test
    void aTopicThatIsMostlyGarbageStopsTheJobAndSaysWhy() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            processes.run("topic", "replay", "--bootstrap-servers", servers, "--partitions", "1", "--events", "0");
            List<byte[]> bad = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                bad.add(("garbage " + i).getBytes(StandardCharsets.UTF_8));
            }
            send(servers, 300, bad);
            Process learner = processes.freshet(
                    "learn",
                    "learn",
                    "--bootstrap-servers",
                    servers,
                    "--work-dir",
                    work.resolve("learner").toString());
            assertThat(learner.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(learner.exitValue()).isNotZero();
            assertThat(processes.output("learn")).contains("more than 5 %");
        }
    }

    private static List<byte[]> bad() {
        EventEncoder encoder = new EventEncoder();
        List<byte[]> bad = new ArrayList<>();
        byte[] good = encoder.toAvroSingleObject(event("x", "u", "i", TIME));
        SplittableRandom random = new SplittableRandom(7);
        byte[] noise = new byte[64];
        random.nextBytes(noise);
        noise[0] = 'z';
        bad.add(null);
        bad.add(noise);
        bad.add(Arrays.copyOf(good, good.length - 3));
        bad.add("{\"event_id\": 5".getBytes(StandardCharsets.UTF_8));
        bad.add(json("", TIME));
        bad.add(json("i", 253_402_300_799_000L));
        return bad;
    }

    private static byte[] json(String item, long time) {
        return ("{\"event_id\":\"e\",\"action\":\"click\",\"event_time\":" + time + ",\"user_id\":\"u\",\"item_id\":\""
                        + item + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static BehaviourEvent event(String id, String user, String item, long time) {
        return BehaviourEvent.of(id, Action.CLICK, time, user, item);
    }

    /** Good events, every hundredth twice, with bad records in between. */
    private static void send(String servers, int events, List<byte[]> bad) {
        EventEncoder encoder = new EventEncoder();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers, "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            int nextBad = 0;
            for (int n = 0; n < events; n++) {
                long time = TIME + n;
                byte[] value = encoder.toAvroSingleObject(event("e" + n, "u" + n % 37, "i" + n % 53, time));
                for (int twice = n % 100 == 99 ? 2 : 1; twice > 0; twice--) {
                    producer.send(new ProducerRecord<>(Topics.BEHAVIOUR, 0, time, null, value));
                }
                for (; nextBad < bad.size() * (n + 1L) / events; nextBad++) {
                    producer.send(new ProducerRecord<>(Topics.BEHAVIOUR, 0, time, null, bad.get(nextBad)));
                }
            }
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(String servers, String topic, int atLeast) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", servers), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        assertThat(records).hasSizeGreaterThanOrEqualTo(atLeast);
        return records;
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader("freshet.dlq." + name).value(), StandardCharsets.UTF_8);
    }
}
