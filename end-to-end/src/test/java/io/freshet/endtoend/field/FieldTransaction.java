package io.freshet.endtoend.field;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A transaction of a producer, open until it is committed or aborted. */
final class FieldTransaction implements AutoCloseable {
    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;

    FieldTransaction(String servers, String topic, String id) {
        this.topic = topic;
        producer = FieldWriter.producer(Map.of("bootstrap.servers", servers, "acks", "all", "transactional.id", id));
        producer.initTransactions();
        producer.beginTransaction();
    }

    FieldTransaction put(int partition, List<FieldEvent> events) {
        for (FieldEvent event : events) {
            byte[] value = event.json().getBytes(StandardCharsets.UTF_8);
            producer.send(new ProducerRecord<>(topic, partition, System.currentTimeMillis(), null, value));
        }
        producer.flush();
        return this;
    }

    void commit() {
        producer.commitTransaction();
    }

    void abort() {
        producer.abortTransaction();
    }

    @Override
    public void close() {
        producer.close();
    }
}
