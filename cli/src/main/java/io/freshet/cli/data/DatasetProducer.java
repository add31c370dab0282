package io.freshet.cli.data;

import io.freshet.cli.log.Brokers;
import io.freshet.cli.log.LogProducer;
import io.freshet.dataset.EventStream;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EventEncoder;
import io.freshet.schema.Topics;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a data set to a topic. Record timestamps make the log's clock: event {@code n} is {@code n / log rate} seconds
 * behind the first, whatever the speed of the replay, so that the same data gives the same ticks every time.
 */
public final class DatasetProducer {
    private static final long HEARTBEAT_MILLIS = LogStart.STEP_MILLIS;

    /** Is told of every event. */
    public interface Listener {
        /** About to be sent. */
        void sending(BehaviourEvent event);

        /** In the log; in order of offsets, partition by partition. */
        void acknowledged(int partition, long offset, long sentNanos);
    }

    private static final Listener NOBODY = new Listener() {
        @Override
        public void sending(BehaviourEvent event) {
            // Nobody is interested.
        }

        @Override
        public void acknowledged(int partition, long offset, long sentNanos) {
            // Nobody is interested.
        }
    };

    private final Brokers brokers;
    private final String topic;
    private final int partitions;
    private final double logRate;
    private final long logStart;
    private volatile long sent;

    /**
     * @param partitions partitions of the topic; a user's events go to one of them
     * @param logRate events per second of log time
     * @param logStart the first record's time, ms since the epoch
     */
    public DatasetProducer(Brokers brokers, String topic, int partitions, double logRate, long logStart) {
        this.brokers = brokers;
        this.topic = topic;
        this.partitions = partitions;
        this.logRate = logRate;
        this.logStart = logStart;
    }

    /** Events given to the producer so far; for any thread. */
    public long sent() {
        return sent;
    }

    /**
     * Sends events.
     *
     * @param events where they come from
     * @param most events to send at most
     * @param rate events per second; 0 for as fast as the broker takes them
     * @return events sent, all acknowledged
     */
    public long run(EventStream events, long most, double rate) {
        return run(events, most, RateLimiter.of(rate), NOBODY);
    }

    /** Tells every partition what time it is in the log, so that ticks close without waiting for a pause. */
    private void heartbeat(
            KafkaProducer<byte[], byte[]> producer, long logTime, AtomicReference<@Nullable Exception> failure) {
        for (int partition = 0; partition < partitions; partition++) {
            Header only = new RecordHeader(Topics.HEARTBEAT, new byte[0]);
            ProducerRecord<byte[], byte[]> record =
                    new ProducerRecord<>(topic, partition, logTime, null, null, List.of(only));
            producer.send(record, (metadata, e) -> {
                if (e != null) {
                    failure.compareAndSet(null, e);
                }
            });
        }
    }

    /** The same at any pace, and tells a listener. */
    public long run(EventStream events, long most, RateLimiter pace, Listener listener) {
        Map<String, Object> settings = LogProducer.settings(brokers, "freshet-replay");
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        EventEncoder encoder = new EventEncoder();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            long beat = logStart / HEARTBEAT_MILLIS;
            long count = 0;
            while (count < most && events.hasNext() && failure.get() == null) {
                long logTime = logStart + (long) (count * 1000.0 / logRate);
                if (logTime / HEARTBEAT_MILLIS > beat) {
                    beat = logTime / HEARTBEAT_MILLIS;
                    heartbeat(producer, beat * HEARTBEAT_MILLIS, failure);
                }
                pace.await(count);
                BehaviourEvent event = events.next();
                listener.sending(event);
                long sentNanos = System.nanoTime();
                byte[] key = event.who().id().getBytes(StandardCharsets.UTF_8);
                int partition = Math.floorMod(event.subject().hashCode(), partitions);
                producer.send(
                        new ProducerRecord<>(topic, partition, logTime, key, encoder.toAvroSingleObject(event)),
                        (metadata, e) -> {
                            if (e != null) {
                                failure.compareAndSet(null, e);
                            } else {
                                listener.acknowledged(metadata.partition(), metadata.offset(), sentNanos);
                            }
                        });
                sent = ++count;
            }
            if (count > 0) {
                heartbeat(producer, (beat + 1) * HEARTBEAT_MILLIS, failure);
            }
            producer.flush();
        }
        Exception refused = failure.get();
        if (refused != null) {
            throw new IllegalStateException(
                    "the broker did not take all events and heartbeats: " + refused.getMessage(), refused);
        }
        return sent;
    }
}
