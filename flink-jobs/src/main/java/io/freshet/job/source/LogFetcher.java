package io.freshet.job.source;

import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.RawRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/** Reads partitions on a thread of its own, at most two batches ahead of whoever takes them. */
final class LogFetcher implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration ASK = Duration.ofSeconds(2);

    /**
     * What one poll brought.
     *
     * @param records in order of offsets, partition by partition
     * @param positions next offset of partitions, those of which it changed
     */
    record Batch(List<RawRecord> records, Map<Integer, Long> positions) {}

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Runnable wake;
    private final BlockingQueue<Batch> batches = new ArrayBlockingQueue<>(2);
    /** Positions to begin from that the thread has not seen yet; guarded by itself. */
    private final Map<Integer, Long> added = new TreeMap<>();

    private final AtomicReference<Set<Integer>> paused = new AtomicReference<>(Set.of());
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Starts to read, nothing at first.
     *
     * @param consumer owned by the fetcher from now on; without a policy for offsets that are gone
     * @param wake told when there is something to take
     */
    LogFetcher(Consumer<byte[], byte[]> consumer, String topic, Runnable wake) {
        this.consumer = consumer;
        this.topic = topic;
        this.wake = wake;
        thread = new Thread(this::run, "freshet-log-fetcher");
        thread.setDaemon(true);
        thread.start();
    }

    /** Reads more partitions, each from a position or, below 0, from its beginning. */
    void add(Map<Integer, Long> positions) {
        synchronized (added) {
            added.putAll(positions);
        }
    }

    /** From now on these partitions are not read, all others are. */
    void pause(Set<Integer> partitions) {
        paused.set(Set.copyOf(partitions));
    }

    boolean hasBatch() {
        return !batches.isEmpty() || failure.get() != null;
    }

    /**
     * The next batch; null if there is none yet.
     *
     * @throws PermanentFailure if an offset is gone
     * @throws IllegalStateException if reading failed for another reason
     */
    @Nullable
    Batch poll() {
        Batch batch = batches.poll();
        if (batch == null) {
            Throwable e = failure.get();
            if (e instanceof PermanentFailure permanent) {
                throw permanent;
            } else if (e != null) {
                throw new IllegalStateException("topic " + topic + " cannot be read: " + e.getMessage(), e);
            }
        }
        return batch;
    }

    private void run() {
        try (consumer) {
            Set<TopicPartition> assigned = new HashSet<>();
            Map<TopicPartition, Long> told = new HashMap<>();
            while (!closed) {
                assign(assigned);
                if (assigned.isEmpty()) {
                    TimeUnit.MILLISECONDS.sleep(5);
                    continue;
                }
                pauseAndResume(assigned);
                List<RawRecord> records = new ArrayList<>();
                consumer.poll(POLL).forEach(record -> records.add(LogTopic.raw(record)));
                Map<Integer, Long> positions = positions(assigned, told);
                if (!records.isEmpty() || !positions.isEmpty()) {
                    hand(new Batch(records, positions));
                }
            }
        } catch (WakeupException | InterruptedException e) {
            // Closed.
            Thread.currentThread().interrupt();
        } catch (OffsetOutOfRangeException e) {
            fail(new PermanentFailure(
                    "what follows in the log is gone: " + e.getMessage()
                            + ". Records were deleted before they were read"
                            + " (retention), or " + topic + " was made again. start.accept=gap goes on with what is"
                            + " there and records the gap",
                    e));
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private void fail(Throwable e) {
        if (!closed) {
            failure.set(e);
            wake.run();
        }
    }

    private void assign(Set<TopicPartition> assigned) {
        Map<Integer, Long> more;
        synchronized (added) {
            more = new TreeMap<>(added);
            added.clear();
        }
        if (more.isEmpty()) {
            return;
        }
        more.keySet().forEach(partition -> assigned.add(new TopicPartition(topic, partition)));
        consumer.assign(assigned);
        more.forEach((partition, position) -> {
            TopicPartition at = new TopicPartition(topic, partition);
            if (position < 0) {
                consumer.seekToBeginning(Set.of(at));
            } else {
                consumer.seek(at, position);
            }
        });
    }

    private void pauseAndResume(Set<TopicPartition> assigned) {
        Set<Integer> wanted = paused.get();
        Set<TopicPartition> now = consumer.paused();
        if (wanted.isEmpty() && now.isEmpty()) {
            return;
        }
        Set<TopicPartition> pause = new HashSet<>();
        Set<TopicPartition> resume = new HashSet<>();
        for (TopicPartition one : assigned) {
            (wanted.contains(one.partition()) ? pause : resume).add(one);
        }
        consumer.pause(pause);
        consumer.resume(resume);
    }

    /** Positions that are others than those told before: they move past control records and gaps, too. */
    private Map<Integer, Long> positions(Set<TopicPartition> assigned, Map<TopicPartition, Long> told) {
        Map<Integer, Long> changed = new TreeMap<>();
        for (TopicPartition one : assigned) {
            try {
                long position = consumer.position(one, ASK);
                Long before = told.put(one, position);
                if (before == null || before != position) {
                    changed.put(one.partition(), position);
                }
            } catch (TimeoutException e) {
                // Not known yet; it is asked for again after the next poll.
                told.remove(one);
            }
        }
        return changed;
    }

    private void hand(Batch batch) throws InterruptedException {
        while (!closed && !batches.offer(batch, 50, TimeUnit.MILLISECONDS)) {
            wake.run();
        }
        wake.run();
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            thread.interrupt();
        }
    }
}
