package io.freshet.cli;

import io.freshet.job.JobConfig;
import io.freshet.job.JobConfigFile;
import io.freshet.schema.Topics;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Learns from a topic until stopped; started again, it goes on from its last checkpoint. */
@Command(
        name = "learn",
        description = "Runs the learner job in this process; goes on from its last checkpoint.",
        mixinStandardHelpOptions = true,
        footer = "Example: freshet learn --bootstrap-servers 127.0.0.1:9092 --work-dir ./learner")
final class LearnCommand implements Callable<Integer> {
    @Option(names = "--config", description = "YAML file; see 'freshet config print'")
    private @Nullable Path file;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a key of the configuration, below freshet")
    private Map<String, String> set = Map.of();

    @Option(names = "--bootstrap-servers", description = "brokers, host:port")
    private @Nullable String bootstrapServers;

    @Option(names = "--topic", description = "topic of behaviour events")
    private @Nullable String topic;

    @Option(names = "--work-dir", required = true, description = "directory for checkpoints, snapshots and state")
    private Path work = Path.of(".");

    @Option(
            names = "--repository",
            description = "snapshot repository, a directory or an address (default: snapshots in the work directory)")
    private @Nullable String repository;

    @Option(names = "--checkpoint-interval", defaultValue = "10000", description = "ms between checkpoints")
    private long checkpointMillis;

    @Option(names = "--tick-length", description = "log time in a tick, with its unit")
    private @Nullable String tickLength;

    @Option(names = "--flink", paramLabel = "KEY=VALUE", description = "a setting of the Flink cluster in this process")
    private Map<String, String> flink = Map.of();

    @Option(names = "--bounded", description = "end when the log as it is now is learned")
    private boolean bounded;

    @Option(
            names = "--scoring-port",
            description = "port of a scoring service inside this process, on loopback; 0 for none")
    private @Nullable String scoringPort;

    @Override
    public Integer call() throws Exception {
        JobConfig config = config();
        String deadLetters = config.eventsTopic() + Topics.DEAD_LETTERS;
        EmbeddedBroker.createTopics(
                config.bootstrapServers(), Map.of(config.changesTopic(), 1, config.qualityTopic(), 1, deadLetters, 1));
        JobClient job = LocalCluster.start(config, work.toAbsolutePath(), checkpointMillis, flink);
        if (bounded) {
            awaitEnd(job, config);
            job.cancel().get();
            System.out.println("the log's end is learned; see 'freshet store digest --work-dir " + work + "'");
        } else {
            job.getJobExecutionResult().get();
        }
        return 0;
    }

    /** Waits until a committed snapshot holds the log up to where it ended when the job started. */
    private void awaitEnd(JobClient job, JobConfig config) throws Exception {
        Map<Integer, Long> ends = ends(config);
        SnapshotRepository snapshots = new SnapshotRepository(RemoteFileSystems.files(config.repository()));
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

    private static Map<Integer, Long> ends(JobConfig config) {
        Map<Integer, Long> ends = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", config.bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(config.eventsTopic()).stream()
                    .map(info -> new TopicPartition(config.eventsTopic(), info.partition()))
                    .toList();
            consumer.endOffsets(partitions).forEach((partition, end) -> ends.put(partition.partition(), end));
        }
        return ends;
    }

    /** Flags of this command win over {@code --set}, the environment and the file. */
    private JobConfig config() throws IOException {
        Path absolute = work.toAbsolutePath();
        Map<String, String> flags = new TreeMap<>(set);
        putIfGiven(flags, "kafka.bootstrap-servers", bootstrapServers);
        putIfGiven(flags, "topics.events", topic);
        putIfGiven(flags, "tick.length", tickLength);
        putIfGiven(flags, "scoring.embedded-port", scoringPort);
        flags.put(
                "store.repository",
                repository == null ? absolute.resolve("snapshots").toString() : repository);
        flags.put("store.state-directory", absolute.resolve("state").toString());
        return JobConfigFile.load(file, System.getenv(), flags).toJobConfig();
    }

    private static void putIfGiven(Map<String, String> flags, String key, @Nullable String value) {
        if (value != null) {
            flags.put(key, value);
        }
    }
}
