package io.freshet.cli.log;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.train.TickReport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads the learner's progress reports from their topic; what is none is counted and left out. */
public final class QualityFeed implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    // Of a newer learner's reports what is known here is read.
    private final ObjectMapper json = new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    private long unreadable;

    /**
     * A report.
     *
     * @param repository identity of the learner's repository; empty if the report does not say
     * @param incarnation number of the learner's start; 0 if the report does not say
     */
    public record Report(String repository, long incarnation, TickReport tick) {}

    private QualityFeed(Brokers brokers, List<TopicPartition> partitions) {
        consumer = brokers.consumer(Map.of("client.id", "freshet-quality"));
        consumer.assign(partitions);
    }

    /** All reports of a topic. */
    public static QualityFeed fromBeginning(Brokers brokers, String topic) {
        List<TopicPartition> partitions = brokers.partitions(topic);
        QualityFeed feed = new QualityFeed(brokers, partitions);
        feed.consumer.seekToBeginning(partitions);
        return feed;
    }

    /** Reports that come from now on. */
    public static QualityFeed fromNow(Brokers brokers, String topic) {
        List<TopicPartition> partitions = brokers.partitions(topic);
        QualityFeed feed = new QualityFeed(brokers, partitions);
        feed.consumer.seekToEnd(partitions);
        // The position is looked up lazily: now is when it counts.
        partitions.forEach(feed.consumer::position);
        return feed;
    }

    /** Reports that have come since the last call; waits at most {@code patience} for the first. */
    public List<Report> poll(Duration patience) {
        List<Report> reports = new ArrayList<>();
        consumer.poll(patience)
                .forEach(record -> read(record.value()).ifPresentOrElse(reports::add, () -> unreadable++));
        return reports;
    }

    private Optional<Report> read(byte @Nullable [] value) {
        if (value == null) {
            return Optional.empty();
        }
        try {
            JsonNode node = json.readTree(value);
            if (!node.has("tick") || !node.has("quality")) {
                return Optional.empty();
            }
            TickReport tick = json.treeToValue(node, TickReport.class);
            return Optional.of(new Report(
                    node.path("repository").asText(""), node.path("incarnation").asLong(0), tick));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Records so far that were no report. */
    public long unreadable() {
        return unreadable;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
