package io.freshet.verification.faults.log;

import io.freshet.cli.log.LogProducer;
import io.freshet.schema.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

/**
 * Writes a {@link SkewedLog} with an idempotent producer, and beside it in transactions, in a process of its own, until
 * its standard input ends; every record has its number. A line of the input is a {@link LogTurn}.
 */
@Command(name = "write-skewed-log", description = "Writes a seeded log until its standard input ends.")
public final class LogWriter implements Callable<Integer> {
    /** Header of a record's number, 8 bytes. */
    public static final String NUMBER = "freshet.faults.number";

    /** Said when the log's clock starts. */
    public static final String WRITING = "writing";

    @Option(names = "--bootstrap-servers", required = true)
    private String servers = "";

    @Option(names = "--topic", required = true)
    private String topic = "";

    @Option(names = "--seed", required = true)
    private long seed;

    @Option(names = "--epoch", required = true)
    private long epoch;

    @Option(names = "--punctual", required = true)
    private int punctual;

    @Option(names = "--deliveries", required = true)
    private Path file = Path.of(".");

    @Option(names = "--rate", required = true)
    private double rate;

    @Option(names = "--most", required = true)
    private long most;

    private final Queue<LogTurn> turns = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile boolean told;

    /** Writes and exits. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new LogWriter()).execute(args));
    }

    /** Header of a record's number. */
    static Header numbered(long number) {
        return new RecordHeader(NUMBER, ByteBuffer.allocate(8).putLong(number).array());
    }

    @Override
    public Integer call() throws Exception {
        Thread listener = new Thread(this::listen, "listener");
        listener.setDaemon(true);
        listener.start();
        long records;
        Map<String, Object> settings = LogProducer.settings(servers, "freshet-faults");
        try (Deliveries deliveries = new Deliveries(file);
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            records = write(producer, settings, deliveries);
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

    private long write(KafkaProducer<byte[], byte[]> producer, Map<String, Object> settings, Deliveries deliveries)
            throws InterruptedException {
        LogLayout layout = new LogLayout(punctual);
        SkewedLog log = new SkewedLog(seed, epoch, layout, rate);
        AtomicLong start = new AtomicLong(System.nanoTime());
        List<TransactionalWriter> transactional = new ArrayList<>();
        for (int stream = 1; stream <= 2; stream++) {
            transactional.add(new TransactionalWriter(
                    stream,
                    seed,
                    new TransactionalWriter.Place(topic, layout.transactional()),
                    settings,
                    () -> epoch + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start.get()),
                    deliveries));
        }
        start.set(System.nanoTime());
        List<Thread> threads = transactional.stream().map(this::start).toList();
        System.out.println(WRITING);
        long records = 0;
        while (!told && records < most && failure.get() == null) {
            long due = start.get() + (long) (records / rate * TimeUnit.SECONDS.toNanos(1));
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            for (LogTurn turn = turns.poll(); turn != null; turn = turns.poll()) {
                take(turn, log, transactional);
            }
            SkewedLog.Entry entry = log.next();
            send(producer, entry, deliveries);
            records += entry.number() < 0 ? 0 : 1;
        }
        transactional.forEach(TransactionalWriter::end);
        for (Thread thread : threads) {
            thread.join();
        }
        log.end().forEach(entry -> send(producer, entry, deliveries));
        return records;
    }

    private Thread start(TransactionalWriter writer) {
        Thread thread = new Thread(writer, "transactions");
        thread.setUncaughtExceptionHandler((failed, e) ->
                failure.compareAndSet(null, new IllegalStateException("a transactional writer failed", e)));
        thread.start();
        return thread;
    }

    private static void take(LogTurn turn, SkewedLog log, List<TransactionalWriter> transactional) {
        switch (turn) {
            case PARTITION_ADDED -> log.partitionAdded();
            case PARTITION_ENDS -> log.partitionEnds();
            case PRODUCER_DIES -> transactional.get(0).die();
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, SkewedLog.Entry entry, Deliveries deliveries) {
        long sent = System.currentTimeMillis();
        Header header = entry.number() < 0 ? new RecordHeader(Topics.HEARTBEAT, new byte[0]) : numbered(entry.number());
        producer.send(
                new ProducerRecord<>(
                        topic, entry.partition(), entry.timestamp(), entry.key(), entry.value(), List.of(header)),
                (metadata, e) -> {
                    if (e != null) {
                        failure.compareAndSet(null, e);
                        return;
                    }
                    boolean known = metadata.hasOffset();
                    deliveries.add(new Deliveries.Delivery(
                            entry.number(),
                            entry.partition(),
                            known ? metadata.offset() : -1,
                            sent,
                            known ? System.currentTimeMillis() : -1,
                            Deliveries.Fate.COMMITTED));
                });
    }

    /** Every line is a turn of the log; the end of the input ends it. */
    private void listen() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                turns.add(LogTurn.valueOf(line));
            }
        } catch (IOException e) {
            // It ended, roughly.
        }
        told = true;
    }
}
