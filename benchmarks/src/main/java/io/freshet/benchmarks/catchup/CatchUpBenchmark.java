package io.freshet.benchmarks.catchup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.freshet.job.LearnerJob;
import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import io.freshet.local.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lets a learner catch up with a long, skewed log, and watches its heap and its checkpoints. */
@Command(
        name = "freshet bench catchup",
        description = "Writes a log with a hot partition, learns it from its beginning, and measures the heap after"
                + " collections and the bytes of Flink's checkpoints meanwhile.",
        mixinStandardHelpOptions = true,
        footer = "Example: freshet bench catchup --events 5000000 --partitions 8 --skew 50 --work-dir /tmp/catchup")
public final class CatchUpBenchmark implements Callable<Integer> {
    private static final String TOPIC = "catchup";
    private static final long LOOK_MILLIS = 5000;

    @Option(names = "--events", description = "events (default: ${DEFAULT-VALUE})")
    private long events = 5_000_000;

    @Option(names = "--partitions", description = "partitions (default: ${DEFAULT-VALUE})")
    private int partitions = 8;

    @Option(names = "--skew", description = "events of the first for one of another (default: ${DEFAULT-VALUE})")
    private int skew = 50;

    @Option(names = "--hours", description = "hours of log time (default: ${DEFAULT-VALUE})")
    private double hours = 2;

    @Option(names = "--work-dir", required = true, description = "a directory that is made")
    private Path work = Path.of(".");

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a key of the configuration, below freshet")
    private Map<String, String> set = Map.of();

    @Option(names = "--most-seconds", description = "ends after so many seconds (default: ${DEFAULT-VALUE})")
    private long mostSeconds = 3000;

    @Option(names = "--report", description = "writes the result as JSON")
    private @Nullable Path report;

    /** One sample, once every five seconds. */
    private record Sample(long second, long events, long heapBytes, long checkpointBytes) {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new CatchUpBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Files.createDirectories(work);
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("broker"), 0)) {
            String brokers = broker.bootstrapServers();
            System.out.println("writing " + events + " events ...");
            new SkewedTopic(brokers, TOPIC, partitions, skew)
                    .write(events, hours, List.of("catchup-changes", "catchup-quality", TOPIC + ".dlq"));
            long before = usedHeap();
            System.out.println("heap before the job (with the broker): " + (before >> 20) + " MB");
            List<Sample> samples = run(config(brokers));
            print(samples, before);
        }
        return 0;
    }

    /** A model so small that reading and holding are what is measured. */
    private JobConfig config(String brokers) throws IOException {
        Map<String, String> flags = new TreeMap<>(Map.of(
                "kafka.bootstrap-servers", brokers,
                "topics.events", TOPIC,
                "topics.changes", "catchup-changes",
                "topics.quality", "catchup-quality",
                "model.layers", "1",
                "model.width", "8",
                "model.context", "4",
                "model.window", "16",
                "store.repository", work.resolve("snapshots").toString(),
                "store.state-directory", work.resolve("state").toString()));
        flags.put("store.history-length", "20");
        flags.put("learner.batch-tokens", "512");
        flags.put("learner.full-softmax-items", "0");
        flags.put("learner.negatives", "32");
        flags.putAll(set);
        return JobConfigFile.load(null, Map.of(), flags).toJobConfig();
    }

    private List<Sample> run(JobConfig config) throws Exception {
        Configuration flink = new Configuration();
        flink.setString("execution.checkpointing.interval", "5 s");
        flink.setString(
                "execution.checkpointing.dir",
                work.resolve("checkpoints").toUri().toString());
        flink.setString("rest.bind-address", "127.0.0.1");
        flink.setString("rest.bind-port", "0");
        flink.setString("execution.checkpointing.num-retained", "2");
        flink.setString("pipeline.generic-types", "false");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, flink);
        LearnerJob.build(env, config);
        JobClient job = env.executeAsync("catchup");
        List<Sample> samples = new ArrayList<>();
        try (KafkaConsumer<String, String> quality = new KafkaConsumer<>(
                Map.of("bootstrap.servers", config.kafka().bootstrapServers()),
                new StringDeserializer(),
                new StringDeserializer())) {
            TopicPartition only = new TopicPartition(config.topics().quality(), 0);
            quality.assign(List.of(only));
            quality.seekToBeginning(List.of(only));
            long start = System.nanoTime();
            long learned = 0;
            long next = LOOK_MILLIS;
            while (learned < events && millisSince(start) < mostSeconds * 1000) {
                if (job.getJobStatus().get().isTerminalState()) {
                    job.getJobExecutionResult().get();
                }
                for (ConsumerRecord<String, String> record : quality.poll(Duration.ofMillis(500))) {
                    JsonNode tick = new ObjectMapper().readTree(record.value());
                    learned = tick.get("events").asLong();
                }
                if (millisSince(start) >= next) {
                    next += LOOK_MILLIS;
                    Sample sample = new Sample(millisSince(start) / 1000, learned, usedHeap(), checkpointBytes());
                    samples.add(sample);
                    System.out.println(sample);
                }
            }
        }
        job.cancel().get();
        return samples;
    }

    private static long millisSince(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos).toMillis();
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Bytes of the largest checkpoint that is there now, without the snapshots beside it. */
    private long checkpointBytes() throws IOException {
        Path root = work.resolve("checkpoints");
        if (!Files.isDirectory(root)) {
            return 0;
        }
        Map<Path, Long> sizes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                try {
                    sizes.merge(file.getParent(), Files.size(file), Long::sum);
                } catch (IOException e) {
                    // An old checkpoint goes while it is looked at.
                    continue;
                }
            }
        } catch (UncheckedIOException e) {
            return 0;
        }
        return sizes.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private void print(List<Sample> samples, long before) throws IOException {
        long mostHeap = samples.stream().mapToLong(Sample::heapBytes).max().orElse(0);
        long mostCheckpoint =
                samples.stream().mapToLong(Sample::checkpointBytes).max().orElse(0);
        long half = samples.isEmpty() ? 0 : samples.get(samples.size() / 2).heapBytes();
        long last = samples.isEmpty() ? 0 : samples.get(samples.size() - 1).heapBytes();
        System.out.printf(
                "heap after collections: %d MB before, %d MB in the middle, %d MB at the end, %d MB at most;"
                        + " checkpoints at most %.1f MB%n",
                before >> 20, half >> 20, last >> 20, mostHeap >> 20, mostCheckpoint / 1048576.0);
        if (report != null) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("events", events);
            result.put("partitions", partitions);
            result.put("skew", skew);
            result.put("heap_before_bytes", before);
            result.put("heap_most_bytes", mostHeap);
            result.put("checkpoint_most_bytes", mostCheckpoint);
            result.put("looks", samples);
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(report.toFile(), result);
        }
    }
}
