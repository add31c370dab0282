package io.freshet.job.audit;

import io.freshet.job.clock.TickLedger;
import io.freshet.job.clock.TickSequence;
import io.freshet.job.config.JobConfig;
import io.freshet.job.feed.ReadDeadline;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.job.source.LogPort;
import io.freshet.job.source.LogTopic;
import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.registry.SchemaRegistry;
import io.freshet.schema.wire.RejectReason;
import io.freshet.train.tick.LogEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    private static final Logger LOG = LoggerFactory.getLogger(LogReplay.class);

    private final JobConfig config;
    private final LogTopic topic;
    private final SchemaRegistry registry;
    private final EventDecoder decoder;
    private final TreeMap<Long, TickEvents> ticks = new TreeMap<>();
    private long records;

    LogReplay(JobConfig config, LogTopic topic) {
        this.config = config;
        this.topic = topic;
        registry = config.decoding().registry();
        decoder = new EventDecoder(registry);
    }

    /** Records of the log that were read. */
    long records() {
        return records;
    }

    /**
     * Ticks behind a state. Of partitions that the ticks have nothing of, nothing is read: that they expired since does
     * not matter.
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
            Map<Integer, Bounds> partitions = bounds();
            Map<Integer, Long> next = new TreeMap<>();
            partitions.forEach((partition, bounds) -> {
                long last = ledger.lastOffset(partition);
                next.put(
                        partition,
                        new Reach(topic.name(), partition, tick, last).first(frontier.get(partition), bounds));
            });
            TickSequence sequence = new TickSequence(
                    config.clock(), partitions.keySet(), config.store().ids());
            sequence.beginAfter(tick, next);
            sequence.follow(ledger);
            Reading reading = new Reading(ledger.last());
            next.forEach((partition, from) -> {
                if (from <= ledger.lastOffset(partition)) {
                    read(consumer, new TopicPartition(topic.name(), partition), from, sequence, reading);
                }
            });
        }
        return ticks;
    }

    /**
     * Offsets that the log has of a partition.
     *
     * @param begin first
     * @param end first behind the last
     */
    record Bounds(long begin, long end) {}

    private Map<Integer, Bounds> bounds() {
        LogPort.Bounds there = topic.bounds(topic.describe().partitions());
        Map<Integer, Bounds> bounds = new TreeMap<>();
        there.begin()
                .forEach((partition, begin) ->
                        bounds.put(partition, new Bounds(begin, there.end().getOrDefault(partition, begin))));
        return bounds;
    }

    /**
     * What is asked for of a partition.
     *
     * @param tick last tick of the state that it follows
     * @param last highest offset of it in the ticks that are asked for; -1 if they have none
     */
    record Reach(String topic, int partition, long tick, long last) {
        /**
         * First offset to read.
         *
         * @param learned highest offset that the state has of it; null if it has none
         * @throws IllegalStateException if that, or what follows it up to {@link #last}, is not there
         */
        long first(@Nullable Long learned, Bounds bounds) {
            // A state that has nothing of a partition begins with what there was: it may have expired long before.
            long from = learned == null ? bounds.begin() : learned + 1;
            if (last < from && (learned != null || last < 0)) {
                return from;
            }
            if (bounds.begin() > from || last < from || last >= bounds.end()) {
                throw new IllegalStateException("the log " + topic + " partition " + partition + " has offsets "
                        + bounds.begin() + " to " + (bounds.end() - 1) + ", but what follows "
                        + (tick < 0 ? "its beginning" : "tick " + tick) + " are offsets "
                        + (learned == null ? "up to " : from + " to ") + last
                        + ": some were deleted. Ticks behind a newer snapshot can be rebuilt; see 'freshet models ls'");
            }
            if (learned == null && bounds.begin() > 0) {
                LOG.warn(
                        "{} partition {} begins at offset {}: if anything before it was learned, it is missing",
                        topic,
                        partition,
                        bounds.begin());
            }
            return from;
        }
    }

    private void read(
            KafkaConsumer<byte[], byte[]> consumer,
            TopicPartition assigned,
            long from,
            TickSequence sequence,
            Reading reading) {
        consumer.assign(List.of(assigned));
        consumer.seek(assigned, from);
        long end = consumer.endOffsets(List.of(assigned)).getOrDefault(assigned, 0L);
        ReadDeadline deadline = new ReadDeadline(assigned, end);
        reading.later = false;
        while (!reading.later && consumer.position(assigned) < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                records++;
                sequence.take(LogTopic.raw(record), this::decode, reading);
                if (reading.later) {
                    break;
                }
            }
            deadline.require(consumer.position(assigned));
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
