package io.freshet.benchmarks.catchup;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A topic of which one partition has many times the events of each other, over the same stretch of time.
 *
 * @param brokers brokers, host:port
 * @param name its name
 * @param partitions its partitions; the first is the hot one
 * @param skew events of the hot partition for one of another
 */
record SkewedTopic(String brokers, String name, int partitions, int skew) {
    private static final long START = 1_700_000_000_000L;
    private static final int USERS = 20_000;
    private static final int ITEMS = 500;

    /** Events of each partition. */
    long[] shares(long events) {
        long[] shares = new long[partitions];
        long unit = events / (skew + partitions - 1);
        for (int p = 1; p < partitions; p++) {
            shares[p] = unit;
        }
        shares[0] = events - unit * (partitions - 1);
        return shares;
    }

    /**
     * Makes the topics and writes the events.
     *
     * @param hours hours of log time
     * @param others further topics, of one partition each
     */
    void write(long events, double hours, List<String> others) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1)))
                    .all()
                    .get();
            admin.createTopics(others.stream()
                            .map(other -> new NewTopic(other, 1, (short) 1))
                            .toList())
                    .all()
                    .get();
        }
        Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "linger.ms", "20", "batch.size", "262144");
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            long[] shares = shares(events);
            SplittableRandom random = new SplittableRandom(7);
            for (int p = 0; p < partitions; p++) {
                for (long n = 0; n < shares[p] && failure.get() == null; n++) {
                    long time = START + (long) (n * hours * 3_600_000 / shares[p]);
                    int item = Math.min(random.nextInt(ITEMS), random.nextInt(ITEMS));
                    String event = "{\"event_id\":\"" + p + "-" + n + "\",\"action\":\"click\",\"event_time\":" + time
                            + ",\"user_id\":\"u" + (random.nextInt(USERS) * partitions + p) + "\",\"item_id\":\"i"
                            + item + "\"}";
                    producer.send(
                            new ProducerRecord<>(name, p, time, null, event.getBytes(StandardCharsets.UTF_8)),
                            (metadata, e) -> {
                                if (e != null) {
                                    failure.compareAndSet(null, e);
                                }
                            });
                }
            }
            producer.flush();
        }
        Exception refused = failure.get();
        if (refused != null) {
            throw new IllegalStateException("the broker did not take all events: " + refused.getMessage(), refused);
        }
    }
}
