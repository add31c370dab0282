package io.freshet.benchmarks.faults;

import io.freshet.cli.LogProducer;
import io.freshet.schema.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a {@link SkewedLog} in a process of its own, until its standard input ends; every record has its number. */
@Command(name = "write-skewed-log", description = "Writes a seeded log until its standard input ends.")
final class LogWriter implements java.util.concurrent.Callable<Integer> {
    /** Header of a record's number, 8 bytes. */
    static final String NUMBER = "freshet.faults.number";

    /** Said when the log's clock starts. */
    static final String WRITING = "writing";

    @Option(names = "--bootstrap-servers", required = true)
    private String servers = "";

    @Option(names = "--topic", required = true)
    private String topic = "";

    @Option(names = "--seed", required = true)
    private long seed;

    @Option(names = "--epoch", required = true)
    private long epoch;

    @Option(names = "--partitions", required = true)
    private int partitions;

    @Option(names = "--rate", required = true)
    private double rate;

    @Option(names = "--most", required = true)
    private long most;

    private volatile boolean told;

    /** Writes and exits. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new LogWriter()).execute(args));
    }

    @Override
    public Integer call() {
        Thread listener = new Thread(this::awaitEndOfInput, "end-of-input");
        listener.setDaemon(true);
        listener.start();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        SkewedLog log = new SkewedLog(seed, epoch, partitions, rate);
        long records = 0;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                LogProducer.settings(servers, "freshet-faults"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            long start = System.nanoTime();
            System.out.println(WRITING);
            while (!told && records < most && failure.get() == null) {
                long due = start + (long) (records / rate * TimeUnit.SECONDS.toNanos(1));
                for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                SkewedLog.Entry entry = log.next();
                send(producer, entry, failure);
                records += entry.number() < 0 ? 0 : 1;
            }
            log.end().forEach(entry -> send(producer, entry, failure));
            producer.flush();
        }
        Exception refused = failure.get();
        if (refused != null) {
            System.out.println("the broker did not take all records: " + refused);
            return 1;
        }
        System.out.println("written " + records);
        return 0;
    }

    private void send(
            KafkaProducer<byte[], byte[]> producer,
            SkewedLog.Entry entry,
            AtomicReference<@Nullable Exception> failure) {
        Header header = entry.number() < 0
                ? new RecordHeader(Topics.HEARTBEAT, new byte[0])
                : new RecordHeader(
                        NUMBER, ByteBuffer.allocate(8).putLong(entry.number()).array());
        producer.send(
                new ProducerRecord<>(
                        topic, entry.partition(), entry.timestamp(), entry.key(), entry.value(), List.of(header)),
                (metadata, e) -> {
                    if (e != null) {
                        failure.compareAndSet(null, e);
                    }
                });
    }

    private void awaitEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                // Nothing is said on it.
            }
        } catch (IOException e) {
            // It ended, roughly.
        }
        told = true;
    }
}
