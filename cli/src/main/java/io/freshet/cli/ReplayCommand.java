package io.freshet.cli;

import io.freshet.dataset.Datasets;
import io.freshet.dataset.EventStream;
import io.freshet.schema.Topics;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Sends a data set to a topic. */
@Command(
        name = "replay",
        description = "Sends a data set's events to a Kafka topic.",
        mixinStandardHelpOptions = true,
        footer = "Example: freshet replay --bootstrap-servers 127.0.0.1:9092 --dataset online-retail --rate 500")
final class ReplayCommand implements Callable<Integer> {
    @Option(names = "--bootstrap-servers", defaultValue = "127.0.0.1:9092", description = "brokers, host:port")
    private String bootstrapServers = "";

    @Option(names = "--topic", defaultValue = Topics.BEHAVIOUR, description = "topic; created if missing")
    private String topic = "";

    @Option(names = "--partitions", defaultValue = "2", description = "partitions of the topic")
    private int partitions;

    @Option(names = "--dataset", defaultValue = "online-retail", description = "name of the data set")
    private String dataset = "";

    @Option(names = "--path", description = "file of the data set, plain or .gz")
    private @Nullable Path path;

    @Option(names = "--events", defaultValue = "9223372036854775807", description = "events to send at most")
    private long events;

    @Option(names = "--rate", defaultValue = "0", description = "events per second; 0 for flat out")
    private double rate;

    @Option(names = "--log-rate", defaultValue = "500", description = "events per second of log time")
    private double logRate;

    @Override
    public Integer call() throws Exception {
        EmbeddedBroker.createTopics(bootstrapServers, Map.of(topic, partitions));
        try (EventStream stream = Datasets.open(dataset, path)) {
            long sent = new Replay(bootstrapServers, topic, partitions, logRate).run(stream, events, rate);
            System.out.printf(
                    "sent %,d events of %s to %s (%,d lines left out, %,d malformed)%n",
                    sent, dataset, topic, stream.skippedLines(), stream.malformedLines());
        }
        return 0;
    }
}
