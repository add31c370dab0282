package io.freshet.cli;

import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.SchemaRegistry;
import io.freshet.schema.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks at events. */
@Command(
        name = "events",
        description = "Looks at behaviour events.",
        mixinStandardHelpOptions = true,
        subcommands = EventsCommand.Validate.class)
final class EventsCommand implements Runnable {
    @Override
    public void run() {
        throw new picocli.CommandLine.ParameterException(new picocli.CommandLine(this), "say what to do: validate");
    }

    /** Says which records a learner would take. */
    @Command(
            name = "validate",
            description = "Says which records a learner would take, and why not the others.",
            mixinStandardHelpOptions = true,
            footer = {
                "Examples:",
                "  freshet events validate events.jsonl       (one JSON event a line)",
                "  freshet events validate --topic freshet.behaviour.v1 --bootstrap-servers 127.0.0.1:9092"
            })
    static final class Validate implements Callable<Integer> {
        @Parameters(arity = "0..1", paramLabel = "FILE", description = "one JSON event a line; not with --topic")
        private @Nullable Path file;

        @Option(names = "--topic", description = "topic to read from its beginning to its present end")
        private @Nullable String topic;

        @Option(names = "--bootstrap-servers", defaultValue = "127.0.0.1:9092", description = "brokers, host:port")
        private String bootstrapServers = "";

        @Option(names = "--show", defaultValue = "10", description = "bad records to show")
        private int show;

        private final EventDecoder decoder = new EventDecoder(SchemaRegistry.none());
        private final Map<String, Long> results = new TreeMap<>();
        private long bad;

        @Override
        public Integer call() throws Exception {
            if ((file == null) == (topic == null)) {
                throw new IllegalArgumentException("give a file or --topic");
            }
            if (file != null) {
                readFile(file);
            } else {
                readTopic(java.util.Objects.requireNonNull(topic));
            }
            results.forEach((what, count) -> System.out.printf("%,10d  %s%n", count, what));
            return bad == 0 ? 0 : 1;
        }

        private void readFile(Path from) throws IOException {
            try (BufferedReader lines = Files.newBufferedReader(from)) {
                long number = 0;
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    number++;
                    if (!line.isBlank()) {
                        byte[] value = line.getBytes(StandardCharsets.UTF_8);
                        look(from + " line " + number, value, System.currentTimeMillis());
                    }
                }
            }
        }

        private void readTopic(String from) {
            try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                    Map.of("bootstrap.servers", bootstrapServers),
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer())) {
                List<TopicPartition> partitions = consumer.partitionsFor(from).stream()
                        .map(info -> new TopicPartition(from, info.partition()))
                        .toList();
                consumer.assign(partitions);
                consumer.seekToBeginning(partitions);
                Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
                while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                        if (record.value() == null && record.headers().lastHeader(Topics.HEARTBEAT) != null) {
                            count("heartbeat");
                        } else {
                            String where = from + " partition " + record.partition() + " offset " + record.offset();
                            look(where, record.value(), record.timestamp());
                        }
                    }
                }
            }
        }

        private void look(String where, byte @Nullable [] value, long timestamp) {
            Decoded decoded = decoder.decode(value, timestamp);
            if (decoded instanceof Decoded.Accepted accepted) {
                count("accepted, " + accepted.format());
            } else if (decoded instanceof Decoded.Rejected rejected) {
                count("rejected, " + rejected.reason().code());
                if (++bad <= show) {
                    System.out.println(
                            where + ": " + rejected.reason().code() + ": " + ScoringCommands.plain(rejected.detail()));
                }
            }
        }

        private void count(String what) {
            results.merge(what, 1L, Long::sum);
        }
    }
}
