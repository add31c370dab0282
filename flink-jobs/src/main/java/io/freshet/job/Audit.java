package io.freshet.job;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.SchemaRegistry;
import io.freshet.schema.Topics;
import io.freshet.store.StateReader;
import io.freshet.store.StoreLayout;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.train.Learner;
import io.freshet.train.LogEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Rebuilds the model as of a tick from the nearest snapshot before it and the log, and compares its digests with those
 * that the learner published with that tick. Needs the log from its beginning (for its clock), and a log without idle
 * pauses between heartbeats, as {@code docs/operations.md} asks for.
 */
public final class Audit {
    /** What belongs to a tick. */
    private static final class TickEvents {
        private final List<LogEvent> events = new ArrayList<>();
        private final TreeMap<Integer, Long> passed = new TreeMap<>();
    }

    private final JobConfig config;
    private final long tick;

    private Audit(JobConfig config, long tick) {
        this.config = config;
        this.tick = tick;
    }

    /**
     * Outcome.
     *
     * @param published digests of the lanes as the learner published them, hexadecimal
     * @param incarnation of the learner that did
     * @param rebuilt digests of the lanes as they came out here
     * @param from snapshot that it began with; empty: from nothing
     * @param ticks ticks learned again
     * @param events events learned again
     */
    public record Result(
            List<String> published, long incarnation, List<String> rebuilt, String from, long ticks, long events) {
        /** Whether every lane has the published bits. */
        public boolean holds() {
            return published.equals(rebuilt);
        }
    }

    /**
     * Runs an audit.
     *
     * @param scratch empty directory for the rebuilt store
     * @param inspect gets the rebuilt state before it is closed
     * @throws IllegalStateException if the tick's digests are no longer in the feed, or the log does not hold the tick
     */
    public static Result run(JobConfig config, long tick, Path scratch, Consumer<StateReader> inspect) {
        return new Audit(config, tick).run(scratch, inspect);
    }

    private Result run(Path scratch, Consumer<StateReader> inspect) {
        FeedFrame.Marker marker = published();
        SnapshotRepository repository = new SnapshotRepository(Path.of(config.repository()));
        Optional<Manifest> nearest = repository.list().stream()
                .filter(manifest -> manifest.tick() >= 0 && manifest.tick() <= tick)
                .reduce((a, b) -> b);
        Path directory = scratch.resolve("store");
        nearest.ifPresent(manifest -> repository.restore(manifest, directory));
        StoreLayout layout = new StoreLayout(
                config.lanes(), JobConfig.KEY_GROUPS, config.learner().model().width(), config.historyLength());
        long ticks = 0;
        long events = 0;
        try (Device device = CpuDevices.best();
                RocksStore store = RocksStore.open(directory, layout, StoreOptions.learner());
                Learner learner = Learner.open(config.learner(), store, device)) {
            for (Map.Entry<Long, TickEvents> one : log(store.tick()).entrySet()) {
                learner.learn(one.getKey(), one.getValue().events, one.getValue().passed);
                ticks++;
                events += one.getValue().events.size();
            }
            if (store.tick() != tick) {
                throw new IllegalStateException(
                        "the log has no tick " + tick + "; the last one before it is " + store.tick());
            }
            inspect.accept(store);
            return new Result(
                    hex(marker.digests()),
                    marker.incarnation(),
                    hex(store.digests()),
                    nearest.map(Manifest::id).orElse(""),
                    ticks,
                    events);
        }
    }

    private static List<String> hex(byte[][] digests) {
        List<String> all = new ArrayList<>();
        for (byte[] digest : digests) {
            all.add(HexFormat.of().formatHex(digest));
        }
        return all;
    }

    /** The last marker of the tick in the feed. */
    private FeedFrame.Marker published() {
        List<FeedFrame.Marker> found = new ArrayList<>();
        long[] bounds = {Long.MAX_VALUE, Long.MIN_VALUE};
        read(config.changesTopic(), (partition, record) -> {
            if (FeedFrame.fromBytes(record.value()) instanceof FeedFrame.Marker marker) {
                bounds[0] = Math.min(bounds[0], marker.tick());
                bounds[1] = Math.max(bounds[1], marker.tick());
                if (marker.tick() == tick) {
                    found.add(marker);
                }
            }
        });
        if (found.isEmpty()) {
            throw new IllegalStateException("the feed " + config.changesTopic() + " does not hold tick " + tick
                    + (bounds[1] < bounds[0]
                            ? "; it is empty"
                            : "; it holds ticks from " + bounds[0] + " to " + bounds[1]
                                    + ", of which some may have no events"));
        }
        return found.get(found.size() - 1);
    }

    /** Ticks behind {@code done} up to the audited one, from the log. */
    private TreeMap<Long, TickEvents> log(long done) {
        TreeMap<Long, TickEvents> ticks = new TreeMap<>();
        SchemaRegistry registry = config.registry();
        EventDecoder decoder = new EventDecoder(registry);
        TickClock clock = new TickClock(config.tickMillis(), List.of());
        read(config.eventsTopic(), (partition, record) -> {
            boolean heartbeat = record.value() == null && record.headers().lastHeader(Topics.HEARTBEAT) != null;
            long at = heartbeat
                    ? clock.heartbeat(partition, record.timestamp())
                    : clock.assign(partition, record.timestamp());
            if (at <= done || at > tick) {
                return;
            }
            TickEvents events = ticks.computeIfAbsent(at, key -> new TickEvents());
            events.passed.merge(partition, record.offset(), Math::max);
            if (!heartbeat && decoder.decode(record.value(), record.timestamp()) instanceof Decoded.Accepted accepted) {
                RawRecord raw = new RawRecord();
                raw.partition = partition;
                raw.offset = record.offset();
                raw.timestamp = record.timestamp();
                events.events.add(TickedEvent.of(at, raw, accepted.event()).toLogEvent());
            }
        });
        return ticks;
    }

    /** Visits all records of a topic as it is now, partition by partition. */
    private void read(String topic, BiConsumer<Integer, ConsumerRecord<byte[], byte[]>> visitor) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config.kafka(Map.of()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            for (TopicPartition partition : partitions) {
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                while (consumer.position(partition) < ends.getOrDefault(partition, 0L)) {
                    consumer.poll(Duration.ofMillis(500))
                            .forEach(record -> visitor.accept(partition.partition(), record));
                }
            }
        }
    }
}
