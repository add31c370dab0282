package io.freshet.cli.log;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.train.TickReport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Reads the learner's progress reports from their topic. */
public final class QualityFeed implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final ObjectMapper json = new ObjectMapper();

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
    public List<TickReport> poll(Duration patience) {
        List<TickReport> reports = new ArrayList<>();
        consumer.poll(patience).forEach(record -> {
            try {
                reports.add(json.readValue(record.value(), TickReport.class));
            } catch (IOException e) {
                throw new IllegalStateException(
                        "progress report at offset " + record.offset() + " of " + record.topic() + " cannot be read",
                        e);
            }
        });
        return reports;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
