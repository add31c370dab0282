package io.freshet.job.source;

import io.freshet.job.clock.EndOffsets;
import io.freshet.job.clock.Patience;
import io.freshet.job.core.PermanentFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the log's ends again and again, on a thread of its own; now and then at the end of the change feed, and
 * whether the topic is still the one that is read.
 */
final class EndOffsetProbe implements AutoCloseable {
    /** The log's topic, as far as it is asked for here. */
    interface Topic {
        /** Its name. */
        String name();

        /**
         * Checks that it was not made again.
         *
         * @throws PermanentFailure with both ids, if it was
         */
        void requireSame();
    }

    private static final Logger LOG = LoggerFactory.getLogger(EndOffsetProbe.class);
    private static final Duration ASK = Duration.ofSeconds(5);
    private static final int SELDOM = 10;

    private final Consumer<byte[], byte[]> consumer;
    private final Topic topic;
    private final TopicPartition feed;
    private final long intervalMillis;
    private final LongSupplier wallMillis;
    private final Patience patience;
    private final Runnable wake;
    private final AtomicReference<Set<Integer>> partitions = new AtomicReference<>(Set.of());
    private final AtomicReference<@Nullable EndOffsets> seen = new AtomicReference<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Thread thread;
    /** Whether the last probe failed: the topic may be gone. */
    private boolean failing;

    private volatile long feedEnd = -1;
    private volatile long failures;
    private volatile boolean closed;

    /**
     * Starts to ask.
     *
     * @param consumer owned by the probe from now on
     * @param topic the log
     * @param changesTopic the change feed
     * @param intervalMillis time between two probes, ms
     * @param wallMillis a clock that never steps back, ms
     * @param wake told when there is something to {@link #poll}
     */
    EndOffsetProbe(
            Consumer<byte[], byte[]> consumer,
            Topic topic,
            String changesTopic,
            long intervalMillis,
            LongSupplier wallMillis,
            Runnable wake) {
        this.consumer = consumer;
        this.topic = topic;
        this.intervalMillis = intervalMillis;
        this.wallMillis = wallMillis;
        this.wake = wake;
        feed = new TopicPartition(changesTopic, 0);
        patience = new Patience(intervalMillis);
        thread = new Thread(this::run, "freshet-end-offsets");
        thread.setDaemon(true);
        thread.start();
    }

    /** Looks at more partitions. */
    void add(Set<Integer> more) {
        partitions.updateAndGet(before -> {
            Set<Integer> all = new TreeSet<>(before);
            all.addAll(more);
            return Set.copyOf(all);
        });
    }

    boolean hasResult() {
        return seen.get() != null || failure.get() != null;
    }

    /**
     * What the last probe saw, once; null if there is none.
     *
     * @throws PermanentFailure if the topic is another now
     * @throws IllegalStateException if nobody looks any more: the thread has ended
     */
    @Nullable
    EndOffsets poll() {
        Throwable e = failure.get();
        if (e instanceof PermanentFailure permanent) {
            throw permanent;
        } else if (e != null) {
            throw new IllegalStateException(
                    "the end of topic " + topic.name() + " is not asked for any more: " + e.getMessage(), e);
        }
        return seen.getAndSet(null);
    }

    /** Where the change feed ended, at the latest; -1 if that is not known. */
    long feedEnd() {
        return feedEnd;
    }

    /** Probes that failed. */
    long failures() {
        return failures;
    }

    private void run() {
        int probes = 0;
        try (consumer) {
            while (!closed) {
                TimeUnit.MILLISECONDS.sleep(intervalMillis);
                Set<Integer> probed = partitions.get();
                if (!probed.isEmpty()) {
                    probe(probed, failing || probes++ % SELDOM == 0);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(e);
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Without looks silent partitions would hold ticks for ever: whoever takes looks has to know. */
    private void fail(Throwable e) {
        if (!closed) {
            failure.set(e);
            wake.run();
        }
    }

    private void probe(Set<Integer> probed, boolean seldom) {
        long askedAt = patience.at(wallMillis.getAsLong());
        try {
            if (seldom) {
                topic.requireSame();
                feedEnd = consumer.endOffsets(List.of(feed), ASK).getOrDefault(feed, -1L);
            }
            List<TopicPartition> all = probed.stream()
                    .map(p -> new TopicPartition(topic.name(), p))
                    .toList();
            Map<Integer, Long> ends = new TreeMap<>();
            consumer.endOffsets(all, ASK).forEach((partition, end) -> ends.put(partition.partition(), end));
            seen.set(new EndOffsets(askedAt, ends));
            if (failing) {
                LOG.info("the end of topic {} is known again; probes that failed so far: {}", topic.name(), failures);
            }
            failing = false;
        } catch (PermanentFailure e) {
            throw e;
        } catch (RuntimeException e) {
            failures++;
            if (!closed && !failing) {
                LOG.warn(
                        "cannot ask for the end of topic {}, silent partitions hold ticks until it answers: {}",
                        topic.name(),
                        e.toString());
            }
            failing = true;
            return;
        }
        wake.run();
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
