package io.freshet.endtoend.field;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.LongUnaryOperator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A topic of events, and what its producers and its operators do to it. */
final class FieldLog {
    private static final short REPLICATION = 1;

    private final Field field;
    private final String topic;

    private FieldLog(Field field, String topic) {
        this.field = field;
        this.topic = topic;
    }

    static FieldLog make(Field field, String topic, int partitions) throws Exception {
        FieldLog log = new FieldLog(field, topic);
        log.create(partitions);
        return log;
    }

    String topic() {
        return topic;
    }

    private void create(int partitions) throws Exception {
        // The default refuses records from more than an hour ahead; a broker in the field may be set to any.
        Map<String, String> anyTime = Map.of("message.timestamp.after.max.ms", Long.toString(Long.MAX_VALUE));
        NewTopic wanted = new NewTopic(topic, partitions, REPLICATION).configs(anyTime);
        Waiting.of("the topic " + topic + " to be made")
                .until(() -> admin().createTopics(List.of(wanted)).all().get(), done -> true);
    }

    private Admin admin() {
        return field.admin();
    }

    /** A writer of one partition. */
    FieldWriter to(int partition) {
        return new FieldWriter(field.servers(), topic, partition);
    }

    /** Puts clicks of ids of their own into a partition, stamped now. */
    void put(int partition, String prefix, int count) throws Exception {
        to(partition).put(FieldEvent.clicks(prefix, count));
    }

    /** A transaction that stays open until it is committed or aborted. */
    FieldTransaction begin() {
        return field.closing(new FieldTransaction(field.servers(), topic, field.unique("transaction")));
    }

    /** Clicks until the test is over or it is stopped, stamped with the time at which they are sent. */
    FieldTraffic traffic(int perSecond, int... partitions) {
        return traffic(perSecond, n -> System.currentTimeMillis(), partitions);
    }

    /**
     * Clicks until the test is over or it is stopped.
     *
     * @param perSecond clicks a second in each partition
     * @param stamp the record's timestamp of the n-th of a partition
     */
    FieldTraffic traffic(int perSecond, LongUnaryOperator stamp, int... partitions) {
        return field.closing(new FieldTraffic(field, this, field.unique("t") + "-", perSecond, stamp, partitions));
    }

    /** Removes what is in a partition now, as retention does. */
    void cut(int partition) throws Exception {
        Map<TopicPartition, RecordsToDelete> all =
                Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(-1));
        admin().deleteRecords(all).all().get();
    }

    /** Adds partitions. */
    void grow(int partitions) throws Exception {
        admin().createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions)))
                .all()
                .get();
    }

    /** Drops the topic and makes another of the same name. */
    void again(int partitions) throws Exception {
        admin().deleteTopics(List.of(topic)).all().get();
        Waiting.of("the topic " + topic + " to be gone").until(this::isGone, gone -> gone);
        create(partitions);
    }

    private boolean isGone() throws Exception {
        try {
            admin().describeTopics(List.of(topic)).allTopicNames().get();
            return false;
        } catch (ExecutionException e) {
            return e.getCause() instanceof UnknownTopicOrPartitionException;
        }
    }

    /** How many records each partition holds or has held. */
    List<Long> ends() throws Exception {
        return ends(field.servers(), topic);
    }

    private static List<Long> ends(String servers, String topic) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(servers)) {
            List<TopicPartition> partitions = partitions(consumer, topic);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            return partitions.stream().map(ends::get).toList();
        }
    }

    /** All records of this topic that a consumer of committed records sees. */
    List<ConsumerRecord<byte[], byte[]>> records() {
        return records(field.servers(), topic);
    }

    /** The dead letters so far. */
    List<ConsumerRecord<byte[], byte[]>> deadLetters() {
        return records(field.servers(), topic + ".dlq");
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(String servers, String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(servers)) {
            List<TopicPartition> partitions = partitions(consumer, topic);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        return records;
    }

    private static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer, String topic) {
        return consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .sorted(Comparator.comparingInt(TopicPartition::partition))
                .toList();
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String servers) {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", servers, "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }
}
