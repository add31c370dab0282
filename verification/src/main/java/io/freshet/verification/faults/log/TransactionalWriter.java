package io.freshet.verification.faults.log;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EventEncoder;
import io.freshet.verification.faults.log.Deliveries.Delivery;
import io.freshet.verification.faults.log.Deliveries.Fate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes events in transactions on one partition, on a thread of its own: most are committed, some aborted, some left
 * open for seconds; half of what was aborted is written again in the next one. Its users are its own.
 */
final class TransactionalWriter implements Runnable {
    private static final int USERS = 12;
    private static final int ITEMS = 400;
    private static final int ATTEMPTS = 5;

    /** One sending of an event. */
    private record Sent(long number, long sentMillis, AtomicReference<long[]> acked) {
        Delivery delivery(int partition, Fate fate) {
            long[] place = acked.get();
            return new Delivery(number, partition, place[0], sentMillis, place[1], fate);
        }
    }

    private final int stream;
    private final String topic;
    private final int partition;
    private final Map<String, Object> settings;
    private final LongSupplier logMillis;
    private final Deliveries deliveries;
    private final SplittableRandom random;
    private final EventEncoder encoder = new EventEncoder();
    private final CountDownLatch told = new CountDownLatch(1);
    private final List<BehaviourEvent> again = new ArrayList<>();
    private KafkaProducer<byte[], byte[]> producer;
    private volatile boolean dies;
    private long numbers;
    private long events;

    /**
     * A writer.
     *
     * @param stream its place among the writers of a log, from 1; part of its numbers and its users' names
     * @param settings of an idempotent producer
     * @param logMillis time on the log's clock
     */
    TransactionalWriter(
            int stream,
            long seed,
            Place place,
            Map<String, Object> settings,
            LongSupplier logMillis,
            Deliveries deliveries) {
        this.stream = stream;
        this.topic = place.topic();
        this.partition = place.partition();
        this.settings = new TreeMap<>(settings);
        this.settings.put("transactional.id", "freshet-faults-" + stream);
        this.settings.put("client.id", "freshet-faults-" + stream);
        this.logMillis = logMillis;
        this.deliveries = deliveries;
        random = new SplittableRandom(seed * 31 + stream);
        producer = open();
    }

    /** Where it writes. */
    record Place(String topic, int partition) {}

    /** From now on: ends when its transaction has. */
    void end() {
        told.countDown();
    }

    /** The next transaction is not ended by the producer that began it. */
    void die() {
        dies = true;
    }

    /** A producer of its transactional id; earlier ones are fenced, what they left open is aborted. */
    private KafkaProducer<byte[], byte[]> open() {
        for (int attempt = 1; ; attempt++) {
            KafkaProducer<byte[], byte[]> next =
                    new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
            try {
                next.initTransactions();
                return next;
            } catch (KafkaException e) {
                next.close(Duration.ZERO);
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void run() {
        try {
            do {
                transaction();
            } while (!told.await(50 + random.nextInt(250), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            producer.close(Duration.ofSeconds(5));
        }
    }

    private void transaction() throws InterruptedException {
        List<BehaviourEvent> batch = new ArrayList<>(again);
        again.clear();
        for (int n = 1 + random.nextInt(6); n > 0; n--) {
            batch.add(event());
        }
        List<Sent> sent = new ArrayList<>();
        Fate fate;
        try {
            producer.beginTransaction();
            for (BehaviourEvent event : batch) {
                sent.add(send(event));
                pause(random.nextInt(60));
            }
            if (random.nextInt(7) == 0) {
                pause(1500 + random.nextInt(2500));
            }
            fate = endTransaction();
        } catch (KafkaException e) {
            System.out.println("stream " + stream + ": a transaction failed: " + e);
            producer.close(Duration.ZERO);
            producer = open();
            // The new producer's beginning has ended it, one way or the other.
            fate = Fate.UNKNOWN;
        }
        for (Sent one : sent) {
            deliveries.add(one.delivery(partition, fate));
        }
        if (fate == Fate.ABORTED) {
            batch.stream().filter(event -> random.nextBoolean()).forEach(again::add);
        }
    }

    private void pause(long millis) throws InterruptedException {
        // Being told to end cuts a pause short, not a transaction.
        boolean ignored = told.await(millis, TimeUnit.MILLISECONDS);
    }

    private Fate endTransaction() {
        if (dies) {
            dies = false;
            producer.flush();
            return succeed();
        }
        if (random.nextInt(4) == 0) {
            producer.flush();
            producer.abortTransaction();
            return Fate.ABORTED;
        }
        for (int attempt = 1; ; attempt++) {
            try {
                producer.commitTransaction();
                return Fate.COMMITTED;
            } catch (TimeoutException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** Leaves a transaction open and lets another producer take over, which ends it and fences the first one. */
    private Fate succeed() {
        KafkaProducer<byte[], byte[]> dead = producer;
        producer = open();
        try {
            dead.commitTransaction();
        } catch (ProducerFencedException | InvalidProducerEpochException e) {
            System.out.println("stream " + stream + ": fenced");
            return Fate.ABORTED;
        } finally {
            dead.close(Duration.ZERO);
        }
        throw new IllegalStateException("stream " + stream + ": a producer that has a successor committed");
    }

    private BehaviourEvent event() {
        Action action = random.nextInt(12) == 0 ? Action.PURCHASE : Action.CLICK;
        String user = "stream-" + stream + "-" + random.nextInt(USERS);
        String id = "stream-" + stream + "-event-" + events++;
        return BehaviourEvent.of(id, action, logMillis.getAsLong(), user, "item-" + random.nextInt(ITEMS));
    }

    private Sent send(BehaviourEvent event) {
        long number = (long) stream << 40 | numbers++;
        Sent sent = new Sent(number, System.currentTimeMillis(), new AtomicReference<>(new long[] {-1, -1}));
        byte[] key = String.valueOf(event.userId()).getBytes(StandardCharsets.UTF_8);
        producer.send(
                new ProducerRecord<>(
                        topic,
                        partition,
                        logMillis.getAsLong(),
                        key,
                        encoder.toAvroSingleObject(event),
                        List.of(LogWriter.numbered(number))),
                (metadata, e) -> sent.acked().set(acked(metadata, e)));
        return sent;
    }

    private static long[] acked(RecordMetadata metadata, @Nullable Exception e) {
        return e == null && metadata.hasOffset()
                ? new long[] {metadata.offset(), System.currentTimeMillis()}
                : new long[] {-1, -1};
    }
}
