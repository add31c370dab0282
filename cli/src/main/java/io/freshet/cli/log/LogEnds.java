package io.freshet.cli.log;

import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.Topics;
import io.freshet.schema.registry.SchemaRegistry;
import io.freshet.schema.wire.RejectReason;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Where a log ended at one moment, and whether a learner has come that far. What counts is what can be read: records
 * that expired, transactions' control records and aborted records hold nobody.
 */
public final class LogEnds implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final int LOOKS = 20;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions;
    private final Map<TopicPartition, Long> ends;
    private final Predicate<ConsumerRecord<byte[], byte[]>> counts;

    private LogEnds(
            KafkaConsumer<byte[], byte[]> consumer,
            List<TopicPartition> partitions,
            Predicate<ConsumerRecord<byte[], byte[]>> counts) {
        this.consumer = consumer;
        this.partitions = partitions;
        this.counts = counts;
        ends = new TreeMap<>(Comparator.comparingInt(TopicPartition::partition));
        ends.putAll(consumer.endOffsets(partitions));
    }

    /**
     * Looks where a topic ends now.
     *
     * @throws IllegalStateException if no broker answers, or there is no such topic
     */
    public static LogEnds now(Brokers brokers, String topic) {
        List<TopicPartition> partitions = brokers.partitions(topic);
        KafkaConsumer<byte[], byte[]> consumer = brokers.consumer(Map.of(
                "client.id", "freshet-log-ends",
                "max.poll.records", "50",
                "max.partition.fetch.bytes", "65536"));
        EventDecoder decoder = new EventDecoder(SchemaRegistry.none());
        return new LogEnds(consumer, partitions, record -> mayBeLearned(decoder, record));
    }

    /** A record that is certainly no event is never learned; where only a registry could tell, it may be. */
    private static boolean mayBeLearned(EventDecoder decoder, ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null && record.headers().lastHeader(Topics.HEARTBEAT) != null) {
            return true;
        }
        return !(decoder.decode(record.value(), record.timestamp()) instanceof Decoded.Rejected rejected)
                || rejected.reason() == RejectReason.UNKNOWN_SCHEMA;
    }

    /** Partitions of the log. */
    public int partitions() {
        return partitions.size();
    }

    /**
     * Whether everything that could be read up to the end is behind a frontier.
     *
     * @param frontier highest offset that was learned, per partition
     */
    public boolean reachedBy(Map<Integer, Long> frontier) {
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            TopicPartition partition = end.getKey();
            long from =
                    Math.max(frontier.getOrDefault(partition.partition(), -1L) + 1, begins.getOrDefault(partition, 0L));
            if (from < end.getValue() && hasRecords(partition, from, end.getValue())) {
                return false;
            }
        }
        return true;
    }

    /** Whether a record that counts stands between two offsets; yes, if the broker does not say in time. */
    private boolean hasRecords(TopicPartition partition, long from, long end) {
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        for (int look = 0; look < LOOKS; look++) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(LOOK)) {
                if (record.offset() < end && counts.test(record)) {
                    return true;
                }
            }
            if (consumer.position(partition) >= end) {
                return false;
            }
        }
        return true;
    }

    /**
     * Offsets between a frontier and where the log ends at this moment, expired ones not counted, nor those of a
     * partition in which nothing follows that counts; empty if the broker does not say, or the frontier is beyond the
     * log's end: then it is not of this log.
     */
    public OptionalLong behind(Map<Integer, Long> frontier) {
        try {
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions, SHORT);
            Map<TopicPartition, Long> now = consumer.endOffsets(partitions, SHORT);
            long behind = 0;
            for (Map.Entry<TopicPartition, Long> end : now.entrySet()) {
                long learned = frontier.getOrDefault(end.getKey().partition(), -1L) + 1;
                if (learned > end.getValue()) {
                    return OptionalLong.empty();
                }
                long next = Math.max(learned, begins.getOrDefault(end.getKey(), 0L));
                if (next < end.getValue() && hasRecords(end.getKey(), next, end.getValue())) {
                    behind += end.getValue() - next;
                }
            }
            return OptionalLong.of(behind);
        } catch (KafkaException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
