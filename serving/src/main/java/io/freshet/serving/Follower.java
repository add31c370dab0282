package io.freshet.serving;

import io.freshet.serving.FollowerStatus.State;
import io.freshet.store.TickChanges;
import io.freshet.store.feed.FeedApplier;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.FeedTick;
import io.freshet.store.feed.TickAssembler;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a store of its own equal to the learner's, and the engine at its last tick.
 *
 * <pre>
 * WAITING    -- own store is whole, or a snapshot was restored --> FOLLOWING
 * FOLLOWING  -- gap, expired feed, digest mismatch, failure     --> WAITING (the engine goes on answering)
 * any        -- close()                                         --> CLOSED
 * </pre>
 */
public final class Follower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final long RETRY_MILLIS = 500;
    private static final int SAVE_EVERY = 32;

    private final FollowerConfig config;
    private final ScoringEngine engine;
    private final Thread thread;
    private volatile boolean closed;
    private volatile FollowerStatus status = new FollowerStatus(State.WAITING, -1, -1, 0, 0, 0, 0, "starting");
    private @Nullable FollowerStore own;
    private boolean distrusted;
    private long applied;
    private long bootstraps;

    /** Starts to follow. */
    public Follower(FollowerConfig config, ScoringEngine engine) {
        this.config = config;
        this.engine = engine;
        thread = new Thread(this::run, "freshet-follower");
        thread.setDaemon(true);
        thread.start();
    }

    /** Where it stands. */
    public FollowerStatus status() {
        return status;
    }

    private void run() {
        while (!closed) {
            try {
                FollowerStore store = own == null || distrusted ? open() : own;
                if (store != null) {
                    follow(store);
                }
            } catch (FeedApplier.Diverged | OffsetOutOfRangeException | IllegalArgumentException e) {
                LOG.warn("the change feed cannot be followed, a snapshot replaces the state: {}", e.getMessage());
                distrusted = true;
                waiting(String.valueOf(e.getMessage()));
            } catch (IOException | RuntimeException e) {
                LOG.warn("following failed; it is tried again from the last tick", e);
                waiting(String.valueOf(e.getMessage()));
            }
            pause();
        }
        engine.uninstall();
        if (own != null) {
            own.close();
        }
        status = with(State.CLOSED, "");
    }

    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(closed ? 0 : RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
        }
    }

    private void waiting(String why) {
        status = with(State.WAITING, why == null ? "" : why);
    }

    private FollowerStatus with(State state, String problem) {
        FollowerStatus s = status;
        return new FollowerStatus(
                state, s.tick(), s.incarnation(), applied, s.verified(), s.fenced(), bootstraps, problem);
    }

    /** Opens what is there or restores a snapshot, and hands it to the engine; null if there is no snapshot yet. */
    private @Nullable FollowerStore open() throws IOException {
        Optional<FollowerStore> next =
                own == null && !distrusted ? FollowerStore.reopen(config.directory()) : Optional.empty();
        if (next.isEmpty()) {
            next = FollowerStore.bootstrap(config.repository(), config.directory());
            bootstraps += next.isPresent() ? 1 : 0;
        }
        if (next.isEmpty()) {
            waiting("no snapshot is committed yet in " + config.repository().address());
            return null;
        }
        FollowerStore store = next.get();
        Version loaded = new Version(
                store.store().tick(),
                store.incarnation(),
                System.currentTimeMillis(),
                store.store().frontier());
        engine.install(store.model(), store.store().view(), loaded);
        // Nothing reads the old store any more.
        if (own != null) {
            own.close();
        }
        own = store;
        distrusted = false;
        store.removeOthers();
        LOG.info("follows from tick {} (snapshot {})", store.store().tick(), store.snapshot());
        return store;
    }

    private void follow(FollowerStore mine) {
        TickAssembler assembler = new TickAssembler(mine.fence());
        FeedApplier applier = new FeedApplier(mine.store());
        TopicPartition partition = new TopicPartition(config.changesTopic(), 0);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, mine.feedOffset());
            int sinceSave = 0;
            while (!closed) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    Optional<FeedTick> tick = assembler.add(FeedFrame.fromBytes(record.value()));
                    if (tick.isPresent()) {
                        take(mine, applier, tick.get());
                        if (++sinceSave == SAVE_EVERY) {
                            sinceSave = 0;
                            mine.saveFeedOffset(record.offset() + 1);
                        }
                    }
                }
                status = new FollowerStatus(
                        State.FOLLOWING,
                        mine.store().tick(),
                        Math.max(mine.incarnation(), assembler.incarnation()),
                        applied,
                        applier.verifiedTicks(),
                        assembler.fencedFrames(),
                        bootstraps,
                        "");
            }
        }
    }

    private void take(FollowerStore mine, FeedApplier applier, FeedTick tick) {
        Optional<TickChanges> changes = applier.apply(tick);
        if (changes.isPresent()) {
            applied++;
            FeedFrame.Marker marker = tick.marker();
            Version version = new Version(
                    marker.tick(),
                    marker.incarnation(),
                    marker.learnedAtMillis(),
                    changes.get().frontier());
            engine.advance(changes.get(), mine.store().view(), version);
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Map<String, Object> settings = new TreeMap<>(config.kafka());
        settings.putAll(Map.of(
                "bootstrap.servers", config.bootstrapServers(),
                "auto.offset.reset", "none",
                "enable.auto.commit", "false",
                "fetch.max.wait.ms", "50",
                "max.partition.fetch.bytes", "8388608",
                "client.id", "freshet-follower"));
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
