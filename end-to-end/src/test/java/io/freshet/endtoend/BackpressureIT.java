package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.local.EmbeddedBroker;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EventEncoder;
import io.freshet.schema.Topics;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Learners wait for each other inside a tick while records press from behind: one hot user, one partition with nine
 * tenths of the log, network buffers for a handful of records. Nobody starves anybody, and the bits are those of one.
 */
class BackpressureIT {
    private static final int EVENTS = 6000;
    private static final int PARTITIONS = 4;
    private static final long TIME = 1_700_000_000_000L;
    private static final List<String> TINY_BUFFERS = List.of(
            "taskmanager.memory.segment-size=4kb",
            "taskmanager.memory.network.min=4mb",
            "taskmanager.memory.network.max=4mb",
            "taskmanager.network.memory.buffers-per-channel=1",
            "taskmanager.network.memory.floating-buffers-per-gate=1",
            "taskmanager.network.memory.max-buffers-per-channel=2");

    @TempDir
    Path work;

    @Test
    void eightLearnersUnderSkewAndTinyBuffersHaveTheBitsOfOne() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            processes.run(
                    "topic",
                    "replay",
                    "--bootstrap-servers",
                    servers,
                    "--partitions",
                    Integer.toString(PARTITIONS),
                    "--events",
                    "0");
            write(servers);
            Manifest one = learn(processes, servers, "one", 1, List.of());
            Manifest eight = learn(processes, servers, "eight", 8, TINY_BUFFERS);
            assertThat(eight.tick()).isEqualTo(one.tick());
            assertThat(eight.frontier()).isEqualTo(one.frontier());
            assertThat(eight.digests()).isEqualTo(one.digests());
        }
    }

    private static void write(String servers) {
        SplittableRandom random = new SplittableRandom(4);
        EventEncoder encoder = new EventEncoder();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int n = 0; n < EVENTS; n++) {
                int user = random.nextInt(10) < 3 ? 0 : 1 + random.nextInt(200);
                int partition = random.nextInt(10) > 0 ? 0 : random.nextInt(PARTITIONS);
                int item = random.nextInt(3) == 0 ? 0 : random.nextInt(150);
                long time = TIME + 5L * n;
                BehaviourEvent event = BehaviourEvent.of("e" + n, Action.CLICK, time, "u" + user, "i" + item);
                producer.send(new ProducerRecord<>(
                        Topics.BEHAVIOUR, partition, time, null, encoder.toAvroSingleObject(event)));
            }
            for (int partition = 0; partition < PARTITIONS; partition++) {
                RecordHeaders heartbeat = new RecordHeaders();
                heartbeat.add(Topics.HEARTBEAT, new byte[0]);
                producer.send(
                        new ProducerRecord<>(Topics.BEHAVIOUR, partition, TIME + 5L * EVENTS, null, null, heartbeat));
            }
        }
    }

    private Manifest learn(Processes processes, String servers, String name, int learners, List<String> flink)
            throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "learn",
                "--bootstrap-servers",
                servers,
                "--work-dir",
                work.resolve(name).toString(),
                "--checkpoint-interval",
                "700",
                "--set",
                "learner.parallelism=" + learners,
                "--set",
                "tick.idle-pause=60 s",
                // Every run has a repository of its own, and all of them one feed.
                "--set",
                "start.accept=foreign-feed",
                "--bounded"));
        flink.forEach(setting -> arguments.addAll(List.of("--flink", setting)));
        Process job = processes.freshet("learn", arguments.toArray(String[]::new));
        assertThat(job.waitFor(240, TimeUnit.SECONDS))
                .as(processes.output("learn"))
                .isTrue();
        assertThat(job.exitValue()).as(processes.output("learn")).isZero();
        return new SnapshotRepository(work.resolve(name).resolve("snapshots"))
                .latest()
                .orElseThrow();
    }
}
