package io.freshet.endtoend.field;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongUnaryOperator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Clicks that go on and on, beside what the test does. */
final class FieldTraffic implements AutoCloseable {
    private final FieldLog log;
    private final Field field;
    private final String prefix;
    private final int perSecond;
    private final LongUnaryOperator stamp;
    private final int[] partitions;
    private final AtomicLong sent = new AtomicLong();
    private final Thread thread;
    private volatile boolean over;

    FieldTraffic(Field field, FieldLog log, String prefix, int perSecond, LongUnaryOperator stamp, int... partitions) {
        this.field = field;
        this.log = log;
        this.prefix = prefix;
        this.perSecond = perSecond;
        this.stamp = stamp;
        this.partitions = partitions.clone();
        thread = new Thread(this::run, "field-traffic");
        thread.start();
    }

    private void run() {
        try (KafkaProducer<byte[], byte[]> producer =
                FieldWriter.producer(Map.of("bootstrap.servers", field.servers(), "acks", "all"))) {
            long start = System.nanoTime();
            for (long n = 0; !over; n++) {
                for (int partition : partitions) {
                    String json = FieldEvent.click(prefix + partition + "-", n).json();
                    byte[] value = json.getBytes(StandardCharsets.UTF_8);
                    producer.send(new ProducerRecord<>(log.topic(), partition, stamp.applyAsLong(n), null, value));
                    sent.incrementAndGet();
                }
                long due = start + (n + 1) * TimeUnit.SECONDS.toNanos(1) / perSecond;
                LockSupport.parkNanos(due - System.nanoTime());
            }
        }
    }

    /** Clicks so far. */
    long sent() {
        return sent.get();
    }

    /** Ends it; all clicks are in the log then. */
    FieldTraffic stop() throws InterruptedException {
        over = true;
        LockSupport.unpark(thread);
        thread.join();
        return this;
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
