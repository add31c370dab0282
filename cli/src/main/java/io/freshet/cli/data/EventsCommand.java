package io.freshet.cli.data;

import io.freshet.cli.log.Brokers;
import io.freshet.cli.options.ConfigOptions;
import io.freshet.cli.options.ExitCode;
import io.freshet.cli.options.PlainText;
import io.freshet.cli.options.UsageException;
import io.freshet.cli.progress.Progress;
import io.freshet.dataset.LineReader;
import io.freshet.job.config.JobConfigFile;
import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.Topics;
import io.freshet.schema.registry.SchemaRegistry;
import io.freshet.schema.wire.RegisteredSchemas;
import io.freshet.schema.wire.RejectReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks at events. */
@Command(
        name = "events",
        description = "Looks at behaviour events.",
        mixinStandardHelpOptions = true,
        subcommands = EventsCommand.Validate.class)
public final class EventsCommand implements Runnable {
    @Override
    public void run() {
        throw new UsageException("events: say what to do: validate");
    }

    /** Says which records a learner would take. */
    @Command(
            name = "validate",
            description = "Says which records a learner would take, and why not the others.",
            mixinStandardHelpOptions = true,
            footer = {
                "Exit codes: 0 all would be taken, 1 some would not, or there is none, or it cannot be read, 2 usage.",
                "Examples:",
                "  freshet events validate events.jsonl       (one JSON event a line)",
                "  freshet events validate --topic freshet.behaviour.v1 --bootstrap-servers 127.0.0.1:9092"
            })
    static final class Validate implements Callable<Integer> {
        @Parameters(
                arity = "0..1",
                paramLabel = "FILE",
                description = "one JSON event a line, UTF-8, plain or .gz; not with --topic")
        private @Nullable Path file;

        @Option(names = "--topic", description = "topic to read from its beginning to its present end")
        private @Nullable String topic;

        @Mixin
        private ConfigOptions options = new ConfigOptions();

        @Option(names = "--show", defaultValue = "10", description = "bad records to show")
        private int show;

        private SchemaRegistry registry = SchemaRegistry.none();
        private EventDecoder decoder = new EventDecoder(registry);
        private boolean withoutRegistry = true;
        private final Map<String, Long> results = new TreeMap<>();
        private long bad;

        @Override
        public Integer call() throws Exception {
            if ((file == null) == (topic == null)) {
                throw new UsageException("give a file or --topic");
            }
            JobConfigFile config = options.load(Map.of());
            registry = ConfigOptions.job(config).decoding().registry();
            withoutRegistry = config.value("schema-registry.url").isBlank();
            decoder = new EventDecoder(registry);
            if (file != null) {
                readFile(file);
            } else {
                readTopic(ConfigOptions.brokers(config), Objects.requireNonNull(topic));
            }
            results.forEach((what, count) -> System.out.printf("%,10d  %s%n", count, what));
            if (results.isEmpty()) {
                System.err.println("freshet: there is no event in " + (file != null ? file : "topic " + topic));
            }
            return bad == 0 && !results.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
        }

        private void readFile(Path from) throws IOException {
            long lines = 0;
            try (LineReader reader = LineReader.of(from)) {
                for (LineReader.Line line = reader.next(); line != null; line = reader.next()) {
                    lines++;
                    String where = from + " line " + line.number();
                    if (!line.problem().isEmpty()) {
                        bad(where, "encoding", line.problem());
                    } else if (!line.text().isBlank()) {
                        byte[] value = line.text().getBytes(StandardCharsets.UTF_8);
                        look(where, value, System.currentTimeMillis());
                    }
                }
            }
            System.out.printf("%,10d  lines read%n", lines);
        }

        private void readTopic(Brokers brokers, String from) {
            List<TopicPartition> partitions = brokers.partitions(from);
            Progress lines = Progress.on(System.err);
            try (KafkaConsumer<byte[], byte[]> consumer = brokers.consumer(Map.of())) {
                consumer.assign(partitions);
                consumer.seekToBeginning(partitions);
                Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
                long heard = System.nanoTime();
                while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                    long before =
                            partitions.stream().mapToLong(consumer::position).sum();
                    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                        long end = ends.getOrDefault(new TopicPartition(from, record.partition()), 0L);
                        if (record.offset() >= end) {
                            continue;
                        }
                        if (record.value() == null && record.headers().lastHeader(Topics.HEARTBEAT) != null) {
                            count("heartbeat");
                        } else {
                            String where = from + " partition " + record.partition() + " offset " + record.offset();
                            look(where, record.value(), record.timestamp());
                        }
                    }
                    if (partitions.stream().mapToLong(consumer::position).sum() > before) {
                        heard = System.nanoTime();
                    } else if (System.nanoTime() - heard > Brokers.PATIENCE.toNanos()) {
                        // Says so if none answers; else the read goes on.
                        brokers.requireReachable();
                        heard = System.nanoTime();
                    }
                    lines.offer(() -> "validate: " + results);
                }
            }
        }

        private void look(String where, byte @Nullable [] value, long timestamp) {
            Decoded decoded = decoder.decode(value, timestamp);
            if (decoded instanceof Decoded.Accepted accepted) {
                count("accepted, " + accepted.format());
            } else if (decoded instanceof Decoded.Rejected rejected) {
                if (needsRegistry(value, rejected)) {
                    bad++;
                    count("cannot be told without " + (withoutRegistry ? "schema-registry.url" : "the registry"));
                    return;
                }
                bad(where, rejected.reason().code(), rejected.detail());
            }
        }

        /** Whether a record is in Confluent's framing, and nobody could be asked for its schema. */
        private boolean needsRegistry(byte @Nullable [] value, Decoded.Rejected rejected) {
            return rejected.reason() == RejectReason.UNKNOWN_SCHEMA
                    && value != null
                    && RegisteredSchemas.marks(value)
                    && (withoutRegistry || !registry.isReachable());
        }

        private void bad(String where, String reason, String detail) {
            count("rejected, " + reason);
            if (++bad <= show) {
                System.out.println(where + ": " + reason + ": " + PlainText.of(detail));
            }
        }

        private void count(String what) {
            results.merge(what, 1L, Long::sum);
        }
    }
}
