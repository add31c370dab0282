package io.freshet.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.train.TickReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads the learner's progress reports from their topic, from the beginning. */
final class QualityFeed implements AutoCloseable {
    private final KafkaConsumer<String, String> consumer;
    private final ObjectMapper json = new ObjectMapper();

    QualityFeed(String bootstrapServers, String topic) {
        consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers, "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
        TopicPartition partition = new TopicPartition(topic, 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    /** Reports that have come since the last call; waits at most {@code patience} for the first. */
    List<TickReport> poll(Duration patience) {
        List<TickReport> reports = new ArrayList<>();
        consumer.poll(patience).forEach(record -> {
            try {
                reports.add(json.readValue(record.value(), TickReport.class));
            } catch (JsonProcessingException e) {
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
