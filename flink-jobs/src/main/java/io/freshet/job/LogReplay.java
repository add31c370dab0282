package io.freshet.job;

import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.Topics;
import io.freshet.train.LogEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the log again behind a state's frontier, up to a tick, and gives records the ticks that the learner gave them
 * ({@link TickClock#beginAfter}). Of every partition it reads to the first record of a later tick, and no further.
 */
final class LogReplay {
    /** What belongs to a tick. */
    static final class TickEvents {
        final List<LogEvent> events = new ArrayList<>();
        final TreeMap<Integer, Long> passed = new TreeMap<>();
    }

    private final JobConfig config;
    private final EventDecoder decoder;
    private final TreeMap<Long, TickEvents> ticks = new TreeMap<>();
    private long records;

    LogReplay(JobConfig config) {
        this.config = config;
        decoder = new EventDecoder(config.registry());
    }

    /** Records of the log that were read. */
    long records() {
        return records;
    }

    /**
     * Ticks behind a state.
     *
     * @param tick last tick of the state, -1 for none
     * @param frontier its highest offset per partition
     * @param last last tick to give
     * @throws IllegalStateException if the log does not have what follows the state
     */
    TreeMap<Long, TickEvents> behind(long tick, Map<Integer, Long> frontier, long last) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config.kafka(Map.of()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<Integer> partitions = consumer.partitionsFor(config.eventsTopic()).stream()
                    .map(info -> info.partition())
                    .toList();
            Map<Integer, Long> next = StartingPoint.behind(frontier, partitions);
            requireWhole(consumer, tick, next);
            TickClock clock = new TickClock(config.tickMillis(), partitions);
            clock.beginAfter(tick);
            for (Map.Entry<Integer, Long> from : next.entrySet()) {
                read(consumer, from.getKey(), from.getValue(), clock, last);
            }
        }
        return ticks;
    }

    private void requireWhole(KafkaConsumer<byte[], byte[]> consumer, long tick, Map<Integer, Long> next) {
        Set<TopicPartition> all = new HashSet<>();
        next.keySet().forEach(partition -> all.add(new TopicPartition(config.eventsTopic(), partition)));
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(all);
        Map<TopicPartition, Long> ends = consumer.endOffsets(all);
        for (TopicPartition partition : all) {
            long from = next.getOrDefault(partition.partition(), 0L);
            long begin = begins.getOrDefault(partition, 0L);
            long end = ends.getOrDefault(partition, 0L);
            if (begin > from || end < from) {
                throw new IllegalStateException("the log " + partition + " has offsets " + begin + " to " + (end - 1)
                        + ", but what follows " + (tick < 0 ? "its beginning" : "tick " + tick)
                        + " starts at offset " + from + ": it was deleted. Ticks behind a newer snapshot can"
                        + " be rebuilt; see 'freshet models ls'");
            }
        }
    }

    private void read(KafkaConsumer<byte[], byte[]> consumer, int partition, long from, TickClock clock, long last) {
        TopicPartition assigned = new TopicPartition(config.eventsTopic(), partition);
        consumer.assign(List.of(assigned));
        consumer.seek(assigned, from);
        long end = consumer.endOffsets(List.of(assigned)).getOrDefault(assigned, 0L);
        while (consumer.position(assigned) < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                records++;
                if (!take(partition, record, clock, last)) {
                    return;
                }
            }
        }
    }

    /** Whether the record, and so maybe the next one, belongs to a tick up to the last. */
    private boolean take(int partition, ConsumerRecord<byte[], byte[]> record, TickClock clock, long last) {
        boolean heartbeat = record.value() == null && record.headers().lastHeader(Topics.HEARTBEAT) != null;
        long at = heartbeat
                ? clock.heartbeat(partition, record.timestamp())
                : clock.assign(partition, record.timestamp());
        if (at > last) {
            return false;
        }
        TickEvents tick = ticks.computeIfAbsent(at, key -> new TickEvents());
        tick.passed.merge(partition, record.offset(), Math::max);
        if (!heartbeat && decoder.decode(record.value(), record.timestamp()) instanceof Decoded.Accepted accepted) {
            RawRecord raw = new RawRecord();
            raw.partition = partition;
            raw.offset = record.offset();
            raw.timestamp = record.timestamp();
            tick.events.add(
                    TickedEvent.of(at, raw, accepted.event(), config.ids()).toLogEvent());
        }
        return true;
    }
}
