package io.freshet.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.cli.CommandRun;
import io.freshet.cli.log.Brokers;
import io.freshet.cli.log.LogProducer;
import io.freshet.cli.log.TopicPlan;
import io.freshet.dataset.EventStream;
import io.freshet.local.EmbeddedBroker;
import io.freshet.local.EmbeddedBroker.Listener;
import io.freshet.local.LoopbackPorts;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands at work whose broker goes away, or takes only a part of what they send. */
class LostBrokerTest {
    @TempDir
    private static Path work;

    private static EmbeddedBroker broker;
    private static Listener relayed;

    @BeforeAll
    static void start() throws Exception {
        relayed = new Listener("RELAYED", LoopbackPorts.free(), LoopbackPorts.free());
        broker = EmbeddedBroker.start(work.resolve("kafka"), 0, List.of(relayed), 30_000);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    /** A user whose events go to the first of two partitions. */
    private static String userOfPartition0() {
        for (int n = 0; ; n++) {
            if (Math.floorMod(("u" + n).hashCode(), 2) == 0) {
                return "u" + n;
            }
        }
    }

    /** Clicks of one user. */
    private static final class Clicks implements EventStream {
        private int next;

        @Override
        public boolean hasNext() {
            return next < 3;
        }

        @Override
        public BehaviourEvent next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            next++;
            return BehaviourEvent.of("e" + next, Action.CLICK, LogStart.EPOCH, userOfPartition0(), "i");
        }

        @Override
        public long lines() {
            return next;
        }

        @Override
        public long malformedLines() {
            return 0;
        }

        @Override
        public long skippedLines() {
            return 0;
        }

        @Override
        public String firstProblem() {
            return "";
        }

        @Override
        public Map<String, String> titles() {
            return Map.of();
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    @Test
    void aReadThatEndsInTheMiddleIsGivenUpWithTheBrokersName() throws Exception {
        Brokers brokers = Brokers.at(broker.bootstrapServers());
        brokers.create(List.of(new TopicPlan("long", 1, Map.of())), -1);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                LogProducer.settings(brokers, "test"), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int n = 0; n < 400; n++) {
                producer.send(new ProducerRecord<>("long", "x".repeat(10_000).getBytes(StandardCharsets.UTF_8)));
            }
        }
        try (Relay relay = new Relay(relayed.advertised(), relayed.port(), 1_500_000)) {
            String address = "127.0.0.1:" + relayed.advertised();
            CommandRun ran = CommandRun.of(
                    "events",
                    "validate",
                    "--topic",
                    "long",
                    "--show",
                    "1",
                    "--bootstrap-servers",
                    address,
                    "--set",
                    "kafka.properties.max.partition.fetch.bytes=100000");
            assertThat(relay.left()).as("it was reading").isNegative();
            assertThat(ran.out()).contains("long partition 0 offset 0: ", "no Kafka broker answers at " + address);
            assertThat(ran.code()).isEqualTo(1);
        }
    }

    @Test
    void aHeartbeatThatThePartitionDoesNotTakeFailsTheReplay() {
        Brokers brokers = new Brokers(broker.bootstrapServers(), Map.of("max.block.ms", "1500"));
        brokers.create(List.of(new TopicPlan("narrow", 1, Map.of())), -1);
        // All events go to the partition that is there, and every heartbeat to one that is not.
        DatasetProducer replay = new DatasetProducer(brokers, "narrow", 2, 500, LogStart.EPOCH);
        assertThatThrownBy(() -> replay.run(new Clicks(), 3, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the broker did not take all events and heartbeats");
        assertThat(replay.sent()).isEqualTo(3);
    }
}
