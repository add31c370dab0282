package io.freshet.job.audit;

import io.freshet.job.clock.TickLedger;
import io.freshet.job.config.JobConfig;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.core.StateIdentity;
import io.freshet.job.source.FeedLedger;
import io.freshet.job.source.LogTopic;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.StateReader;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.train.Learner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A model learned again, by one learner that nothing disturbs: the log behind a snapshot, or from its beginning, cut
 * into the ticks that were published.
 */
public final class Relearning {
    private final JobConfig config;
    private final Optional<Manifest> from;

    /** @param from snapshot of the configured repository to begin with; empty: nothing */
    public Relearning(JobConfig config, Optional<Manifest> from) {
        this.config = config;
        this.from = from;
    }

    /**
     * What came out.
     *
     * @param lanes digests of all lanes
     * @param frontier highest offset of every partition that had a record
     * @param ticks ticks learned
     * @param events events learned
     * @param records records of the log that were read for it
     */
    public record Result(List<LaneDigests> lanes, Map<Integer, Long> frontier, long ticks, long events, long records) {}

    /**
     * Learns up to a tick.
     *
     * @param incarnation the learner that published it; what later ones published does not count
     * @param directory for the store, empty
     * @param inspect gets the state before it is closed
     * @throws PermanentFailure if the snapshot is of another log
     * @throws IllegalStateException if the log or the feed does not hold the tick or what it follows from
     */
    public Result upTo(long tick, long incarnation, Path directory, Consumer<StateReader> inspect) {
        Map<String, Object> client = config.kafka().client(Map.of("client.id", "freshet-relearning"));
        try (LogTopic topic = new LogTopic(client, config.topics().events())) {
            return upTo(tick, incarnation, directory, inspect, topic);
        }
    }

    private Result upTo(long tick, long incarnation, Path directory, Consumer<StateReader> inspect, LogTopic topic) {
        SnapshotRepository repository = config.store().openRepository();
        String topicId = topic.describe().id();
        from.ifPresent(manifest -> {
            requireSameLog(manifest, topicId);
            repository.restore(manifest, directory);
        });
        LogReplay log = new LogReplay(config, topic);
        long ticks = 0;
        long events = 0;
        try (Device device = CpuDevices.of(config.precision());
                RocksStore store = RocksStore.open(directory, config.layout(), StoreOptions.learner());
                Learner learner = Learner.open(config.learner(), store, device)) {
            TickLedger ledger = FeedLedger.read(config, behindSnapshot(), incarnation, topicId);
            ledger.dropUntil(store.tick());
            ledger.dropBehind(tick);
            for (Map.Entry<Long, LogReplay.TickEvents> one :
                    log.behind(store.tick(), store.frontier(), ledger).entrySet()) {
                learner.learn(one.getKey(), one.getValue().events, one.getValue().maxOffsets);
                ticks++;
                events += one.getValue().events.size();
            }
            if (store.tick() != tick) {
                throw new IllegalStateException(
                        "the log has no tick " + tick + "; the last one before it is " + store.tick());
            }
            learner.writeOwnState();
            inspect.accept(store);
            return new Result(lanes(store), Map.copyOf(store.frontier()), ticks, events, log.records());
        }
    }

    /** The frontier of a snapshot of another log says nothing of this one. */
    private void requireSameLog(Manifest manifest, String now) {
        StateIdentity identity = new StateIdentity(Map.of(StateIdentity.LOG, now));
        identity.require("snapshot " + manifest.id(), manifest.properties(), false);
        if (identity.hasFrontierOfAnotherLog(manifest)) {
            throw new PermanentFailure("snapshot " + manifest.id() + " was learned from a former topic "
                    + config.topics().events()
                    + ", which is gone: ticks behind a newer snapshot can be rebuilt; see 'freshet models ls'");
        }
    }

    /** Where the change feed goes on behind the snapshot; -1: its beginning. */
    private long behindSnapshot() {
        return from.map(manifest -> manifest.feedOffsets().getOrDefault(0, -1L)).orElse(-1L);
    }

    private static List<LaneDigests> lanes(RocksStore store) {
        List<LaneDigests> all = new ArrayList<>();
        byte[][] chains = store.digests();
        for (int lane = 0; lane < chains.length; lane++) {
            all.add(LaneDigests.of(chains[lane], store.contentDigest(lane), store.ownDigest(lane)));
        }
        return all;
    }
}
