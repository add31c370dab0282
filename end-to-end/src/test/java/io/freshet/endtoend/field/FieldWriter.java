package io.freshet.endtoend.field;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.function.IntToLongFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes to one partition; how it stamps and packs is said before. */
final class FieldWriter {
    private final String topic;
    private final int partition;
    private final Map<String, Object> settings = new TreeMap<>();
    private final List<Header> headers = new ArrayList<>();
    private IntToLongFunction stamp = n -> System.currentTimeMillis();

    FieldWriter(String servers, String topic, int partition) {
        this.topic = topic;
        this.partition = partition;
        settings.put("bootstrap.servers", servers);
        settings.put("acks", "all");
    }

    /** A producer whose clock is so far ahead, ms. */
    FieldWriter ahead(long millis) {
        stamp = n -> System.currentTimeMillis() + millis;
        return this;
    }

    /** A producer that stamps the n-th record itself. */
    FieldWriter stamped(IntToLongFunction timestamp) {
        stamp = timestamp;
        return this;
    }

    /** A producer that compresses, and may send records of any size. */
    FieldWriter packed() {
        settings.put("compression.type", "gzip");
        return large();
    }

    /** A producer that may send records of any size; the broker's own limit stays. */
    FieldWriter large() {
        settings.put("max.request.size", "50000000");
        settings.put("buffer.memory", "100000000");
        return this;
    }

    void put(List<FieldEvent> events) throws Exception {
        raw(events.stream()
                .map(event -> event.json().getBytes(StandardCharsets.UTF_8))
                .toList());
    }

    void put(FieldEvent... events) throws Exception {
        put(List.of(events));
    }

    /** Puts records that need not be events. */
    void raw(List<byte[]> values) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int n = 0; n < values.size(); n++) {
                sent.add(producer.send(
                        new ProducerRecord<>(topic, partition, stamp.applyAsLong(n), null, values.get(n), headers)));
            }
            producer.flush();
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
    }

    /** Puts a record that carries nothing but its timestamp. */
    void heartbeat() throws Exception {
        headers.add(new RecordHeader("freshet.heartbeat", new byte[0]));
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            producer.send(new ProducerRecord<>(topic, partition, stamp.applyAsLong(0), null, null, headers))
                    .get();
        }
    }

    static KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
