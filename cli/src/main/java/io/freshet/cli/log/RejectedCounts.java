package io.freshet.cli.log;

import io.freshet.schema.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * Counts of rejected records by reason, from the dead letters that came since this began. A learner that starts again
 * writes some of them again; the newest of those are known by their partition and offset and count once, whatever order
 * they come in: one source and several learners write letters of one partition.
 */
public final class RejectedCounts implements AutoCloseable {
    /** Letters that are told from new ones: more than come between two checkpoints that are worth reading. */
    private static final int PLACES = 100_000;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final boolean assigned;
    private final Set<String> places = Collections.newSetFromMap(new LinkedHashMap<String, Boolean>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > PLACES;
        }
    });
    private final Map<String, Long> byReason = new TreeMap<>();
    private String example = "";

    /** @param events topic whose dead letters are counted, from now on */
    public RejectedCounts(Brokers brokers, String events) {
        List<TopicPartition> partitions =
                brokers.find(events + Topics.DEAD_LETTERS).orElse(List.of());
        consumer = brokers.consumer(Map.of("client.id", "freshet-rejected"));
        assigned = !partitions.isEmpty();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        // The position is looked up lazily: now is when it counts.
        partitions.forEach(consumer::position);
    }

    /** Reads what has come; waits for nothing. */
    public void look() {
        if (assigned) {
            consumer.poll(Duration.ofMillis(20)).forEach(this::count);
        }
    }

    private void count(ConsumerRecord<byte[], byte[]> letter) {
        String partition = header(letter, "partition");
        String offset = header(letter, "offset");
        String reason = header(letter, "reason");
        if (offset.matches("[0-9]{1,18}") && !places.add(partition + " " + offset)) {
            return;
        }
        if (!byReason.containsKey(reason)) {
            example = "partition " + partition + " offset " + offset + ": " + reason + ": " + header(letter, "error");
        }
        byReason.merge(reason, 1L, Long::sum);
    }

    private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
        Header header = letter.headers().lastHeader("freshet.dlq." + name);
        return header == null || header.value() == null
                ? "unknown"
                : new String(header.value(), StandardCharsets.UTF_8);
    }

    /** Counts by reason so far. */
    public Map<String, Long> byReason() {
        return new TreeMap<>(byReason);
    }

    /** The first record that was rejected for the newest reason: where it stands and why; empty if there is none. */
    public String example() {
        return example;
    }

    /** All of them. */
    public long total() {
        return byReason.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
