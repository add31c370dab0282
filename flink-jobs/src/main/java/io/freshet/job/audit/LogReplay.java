package io.freshet.job.audit;

import io.freshet.job.clock.TickLedger;
import io.freshet.job.clock.TickSequence;
import io.freshet.job.config.JobConfig;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.job.source.LogTopic;
import io.freshet.job.source.StartingPoint;
import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.registry.SchemaRegistry;
import io.freshet.schema.wire.RejectReason;
import io.freshet.train.tick.LogEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the log again behind a state's frontier, up to a tick, and cuts it into the ticks that were published, by the
 * clock that the job has. Of every partition it reads to the first record of a later tick, and no further.
 */
final class LogReplay {
    /** What belongs to a tick. */
    static final class TickEvents {
        final List<LogEvent> events = new ArrayList<>();
        final TreeMap<Integer, Long> maxOffsets = new TreeMap<>();
    }

    private final JobConfig config;
    private final SchemaRegistry registry;
    private final EventDecoder decoder;
    private final TreeMap<Long, TickEvents> ticks = new TreeMap<>();
    private long records;

    LogReplay(JobConfig config) {
        this.config = config;
        registry = config.decoding().registry();
        decoder = new EventDecoder(registry);
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
     * @param ledger the ticks to give
     * @throws IllegalStateException if the log does not have what follows the state
     */
    TreeMap<Long, TickEvents> behind(long tick, Map<Integer, Long> frontier, TickLedger ledger) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                config.kafka().consumer(Map.of("auto.offset.reset", "none")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<Integer> partitions = consumer.partitionsFor(config.topics().events()).stream()
                    .map(PartitionInfo::partition)
                    .toList();
            Map<Integer, Long> next = StartingPoint.behind(frontier, partitions);
            requireWhole(consumer, tick, next);
            TickSequence sequence =
                    new TickSequence(config.clock(), partitions, config.store().ids());
            sequence.beginAfter(tick, next);
            sequence.follow(ledger);
            Reading reading = new Reading(ledger.last());
            for (Map.Entry<Integer, Long> from : next.entrySet()) {
                read(consumer, from.getKey(), from.getValue(), sequence, reading);
            }
        }
        return ticks;
    }

    private void requireWhole(KafkaConsumer<byte[], byte[]> consumer, long tick, Map<Integer, Long> next) {
        Set<TopicPartition> all = new HashSet<>();
        next.keySet()
                .forEach(partition -> all.add(new TopicPartition(config.topics().events(), partition)));
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

    private void read(
            KafkaConsumer<byte[], byte[]> consumer, int partition, long from, TickSequence sequence, Reading reading) {
        TopicPartition assigned = new TopicPartition(config.topics().events(), partition);
        consumer.assign(List.of(assigned));
        consumer.seek(assigned, from);
        long end = consumer.endOffsets(List.of(assigned)).getOrDefault(assigned, 0L);
        reading.later = false;
        while (!reading.later && consumer.position(assigned) < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                records++;
                sequence.take(LogTopic.raw(record), this::decode, reading);
                if (reading.later) {
                    break;
                }
            }
        }
    }

    private Decoded decode(RawRecord record) {
        Decoded decoded = decoder.decode(record.value, record.timestamp);
        if (decoded instanceof Decoded.Rejected refusal
                && refusal.reason() == RejectReason.UNKNOWN_SCHEMA
                && !registry.isReachable()) {
            throw new IllegalStateException(config.topics().events() + " partition " + record.partition + " offset "
                    + record.offset + " cannot be read without the schema registry: " + refusal.detail());
        }
        return decoded;
    }

    /** Takes what belongs to a tick that is asked for. */
    private final class Reading implements TickSequence.Output {
        private final long last;
        /** Whether the record just taken, and so those behind it, belong to a later tick. */
        private boolean later;

        Reading(long last) {
            this.last = last;
        }

        @Override
        public void event(TickedEvent event) {
            if (event.tick > last) {
                later = true;
                return;
            }
            TickEvents tick = ticks.computeIfAbsent(event.tick, key -> new TickEvents());
            tick.maxOffsets.merge(event.partition, event.offset, Math::max);
            if (event.event) {
                tick.events.add(event.toLogEvent());
            }
        }

        @Override
        public void watermark(long timestamp) {
            // All records of a tick are asked for, whenever it is closed.
        }

        @Override
        public void rejected(RawRecord record, Decoded.Rejected why) {
            // The job has put it into the dead letters.
        }
    }
}
