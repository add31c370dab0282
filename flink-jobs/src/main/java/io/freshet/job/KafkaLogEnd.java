package io.freshet.job;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the brokers for end offsets on a thread of its own. */
final class KafkaLogEnd implements LogEnd {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaLogEnd.class);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions;
    private final ExecutorService thread;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile @Nullable Look last;

    KafkaLogEnd(JobConfig config, Collection<Integer> partitions) {
        this.partitions = partitions.stream()
                .map(p -> new TopicPartition(config.eventsTopic(), p))
                .toList();
        consumer = new KafkaConsumer<>(
                config.kafka(Map.of("client.id", "freshet-log-end")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        thread = Executors.newSingleThreadExecutor(task -> {
            Thread t = new Thread(task, "freshet-log-end");
            t.setDaemon(true);
            return t;
        });
    }

    @Override
    public @Nullable Look look(long now) {
        if (looking.compareAndSet(false, true)) {
            thread.execute(() -> {
                try {
                    Map<Integer, Long> ends = new TreeMap<>();
                    consumer.endOffsets(partitions).forEach((p, end) -> ends.put(p.partition(), end));
                    last = new Look(now, ends);
                } catch (RuntimeException e) {
                    LOG.warn("cannot ask for the log's end; partitions do not count as idle until it answers", e);
                    last = null;
                } finally {
                    looking.set(false);
                }
            });
        }
        return last;
    }

    @Override
    public void close() {
        thread.execute(consumer::close);
        thread.shutdown();
    }
}
