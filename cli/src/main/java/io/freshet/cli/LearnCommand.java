package io.freshet.cli;

import io.freshet.job.JobConfig;
import io.freshet.schema.Topics;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.train.LearnerConfig;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Learns from a topic until stopped; started again, it goes on from its last checkpoint. */
@Command(
        name = "learn",
        description = "Runs the learner job in this process; goes on from its last checkpoint.",
        mixinStandardHelpOptions = true,
        footer = "Example: freshet learn --bootstrap-servers 127.0.0.1:9092 --work-dir ./learner")
final class LearnCommand implements Callable<Integer> {
    @Option(names = "--bootstrap-servers", defaultValue = "127.0.0.1:9092", description = "brokers, host:port")
    private String bootstrapServers = "";

    @Option(names = "--topic", defaultValue = Topics.BEHAVIOUR, description = "topic of behaviour events")
    private String topic = "";

    @Option(names = "--work-dir", required = true, description = "directory for checkpoints, snapshots and state")
    private Path work = Path.of(".");

    @Option(names = "--checkpoint-interval", defaultValue = "10000", description = "ms between checkpoints")
    private long checkpointMillis;

    @Option(names = "--tick-length", defaultValue = "250", description = "ms of log time in a tick")
    private long tickMillis;

    @Option(
            names = "--bounded",
            description = "end when the log as it is now is learned; its last record must be an event")
    private boolean bounded;

    @Option(
            names = "--scoring-port",
            defaultValue = "0",
            description = "port of a scoring service inside this process, on loopback; 0 for none")
    private int scoringPort;

    @Override
    public Integer call() throws Exception {
        EmbeddedBroker.createTopics(
                bootstrapServers, Map.of(Topics.CHANGES, 1, Topics.QUALITY, 1, topic + Topics.DEAD_LETTERS, 1));
        JobClient job = LocalCluster.start(config(), work.toAbsolutePath(), checkpointMillis);
        if (bounded) {
            awaitEnd(job);
            job.cancel().get();
            System.out.println("the log's end is learned; see 'freshet store digest --work-dir " + work + "'");
        } else {
            job.getJobExecutionResult().get();
        }
        return 0;
    }

    /** Waits until a committed snapshot holds the log up to where it ended when the job started. */
    private void awaitEnd(JobClient job) throws Exception {
        Map<Integer, Long> ends = ends();
        SnapshotRepository snapshots =
                new SnapshotRepository(work.toAbsolutePath().resolve("snapshots"));
        while (!job.getJobStatus().get().isTerminalState()) {
            Map<Integer, Long> learned;
            try {
                learned = snapshots.latest().map(Manifest::frontier).orElse(Map.of());
            } catch (UncheckedIOException e) {
                // The learner removes old snapshots while we look; the next look finds the newer one.
                learned = Map.of();
            }
            Map<Integer, Long> reached = learned;
            if (ends.entrySet().stream()
                    .allMatch(end -> reached.getOrDefault(end.getKey(), -1L) >= end.getValue() - 1)) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        job.getJobExecutionResult().get();
        throw new IllegalStateException("the job ended before the log did");
    }

    private Map<Integer, Long> ends() {
        Map<Integer, Long> ends = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.endOffsets(partitions).forEach((partition, end) -> ends.put(partition.partition(), end));
        }
        return ends;
    }

    private JobConfig config() {
        Path absolute = work.toAbsolutePath();
        return new JobConfig(
                bootstrapServers,
                topic,
                Topics.CHANGES,
                Topics.QUALITY,
                tickMillis,
                2 * tickMillis,
                8,
                200,
                absolute.resolve("snapshots").toString(),
                absolute.resolve("state").toString(),
                3,
                scoringPort,
                LearnerConfig.small());
    }
}
