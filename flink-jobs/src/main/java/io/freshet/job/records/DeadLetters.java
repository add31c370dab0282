package io.freshet.job.records;

import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes rejected records as they were, with where they came from and why in headers. */
final class DeadLetters implements KafkaRecordSerializationSchema<RejectedRecord> {
    private static final long serialVersionUID = 1;

    private final String topic;
    private final String target;

    DeadLetters(String topic, String target) {
        this.topic = topic;
        this.target = target;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(RejectedRecord rejected, KafkaSinkContext context, Long timestamp) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(target, rejected.key, rejected.value);
        header(record, "topic", topic);
        header(record, "partition", Integer.toString(rejected.partition));
        header(record, "offset", Long.toString(rejected.offset));
        header(record, "timestamp", Long.toString(rejected.timestamp));
        header(record, "reason", rejected.reason);
        header(record, "error", rejected.error);
        return record;
    }

    private static void header(ProducerRecord<byte[], byte[]> record, String name, String value) {
        record.headers().add("freshet.dlq." + name, value.getBytes(StandardCharsets.UTF_8));
    }
}
