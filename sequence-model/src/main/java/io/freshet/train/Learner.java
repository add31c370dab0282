package io.freshet.train;

import io.freshet.kernel.Device;
import io.freshet.model.ActionRules;
import io.freshet.model.LogitBiases;
import io.freshet.model.items.ItemDirectory;
import io.freshet.model.scoring.Scorer;
import io.freshet.store.AppliedTick;
import io.freshet.store.DenseTensor;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.HistoryAppend;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneRange;
import io.freshet.store.TickChanges;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.exchange.MessageReader;
import io.freshet.train.exchange.MessageWriter;
import io.freshet.train.items.ItemShards;
import io.freshet.train.prequential.BaselineChunks;
import io.freshet.train.prequential.Prequential;
import io.freshet.train.step.DenseWeights;
import io.freshet.train.step.LaneBalance;
import io.freshet.train.step.StepTrainer;
import io.freshet.train.tick.LaneEvents;
import io.freshet.train.tick.LearnerCounters;
import io.freshet.train.tick.LogEvent;
import io.freshet.train.tick.ReplayReservoir;
import io.freshet.train.tick.TickPlan;
import io.freshet.train.tick.UserTick;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Learns from a log tick by tick. The state after a tick is a function of the log up to it: events are put in canonical
 * order, lanes are reduced in lane order, and every random number is a function of what it is for.
 *
 * <p>Owned by one thread. Everything it knows is in its store after {@link #writeOwnState}; opening a learner on a
 * restored store continues with the same bits.
 */
public final class Learner implements AutoCloseable {
    private final LearnerConfig config;
    private final EmbeddingStore store;
    private final Exchange exchange;
    private final LaneRange owned;
    private final ItemShards items;
    private final ItemDirectory directory;
    private final StepTrainer trainer;
    private final LearnerCounters counters = new LearnerCounters();
    private final Prequential prequential;
    /** Highest offset of each partition that was learned from. */
    private final TreeMap<Integer, Long> frontier = new TreeMap<>();

    private TickReport report;

    private Learner(LearnerConfig config, EmbeddingStore store, Device device, Exchange exchange) {
        this.exchange = exchange;
        this.config = config;
        this.store = store;
        int lanes = store.layout().lanes();
        owned = exchange.owned(lanes);
        if (store.layout().width() != config.model().width()) {
            throw new IllegalArgumentException(
                    "the store keeps rows of width " + store.layout().width() + ", the model needs "
                            + config.model().width());
        }
        if (!store.held().equals(owned)) {
            throw new IllegalArgumentException("learner " + exchange.self() + " of " + exchange.learners() + " owns "
                    + owned + ", its store holds " + store.held());
        }
        items = new ItemShards(config.model(), store.layout(), owned, device);
        directory = items.directory();
        prequential = new Prequential(directory);
        trainer = new StepTrainer(config.model(), config.training(), device, exchange, items);
        Map<String, byte[]> saved = LearnerOpening.run(store, exchange, items, trainer.dense());
        if (saved.containsKey(LearnerCounters.ATTRIBUTE)) {
            counters.restore(Objects.requireNonNull(saved.get(LearnerCounters.ATTRIBUTE)), prequential);
        }
        byte[] chunks = saved.get(BaselineChunks.INDEX);
        if (chunks != null) {
            prequential.chunks().restore(chunks, to -> LearnerOpening.chunks(store, exchange, chunks, to));
        }
        trainer.restoreReplay(saved.get(ReplayReservoir.ATTRIBUTE));
        for (int lane = owned.from(); lane < owned.to() && store.tick() >= 0; lane++) {
            trainer.restoreResidual(lane, store.dense(lane, DenseWeights.RESIDUAL));
        }
        frontier.putAll(store.frontier());
        report = TickReport.of(store.tick(), Double.NaN, 0, directory.size(), counters, prequential);
    }

    /** Opens a learner that continues from what the store holds; on an empty store, from the initial weights. */
    public static Learner open(LearnerConfig config, EmbeddingStore store, Device device) {
        return new Learner(config, store, device, Exchange.local());
    }

    /**
     * Opens one of several learners that share a tick's work: all of them open at the same time, on stores of
     * the same tick that hold the lanes that each owns. Each gets the events of users of its lanes.
     */
    public static Learner open(LearnerConfig config, EmbeddingStore store, Device device, Exchange exchange) {
        return new Learner(config, store, device, exchange);
    }

    /**
     * Learns from the events of a tick and applies the changes to the store. Ranks every event before learning from it.
     * An event whose user or item is not who the hash of its id stands for is refused, and named in the outcome.
     *
     * @param tick number of the tick, greater than any before
     * @param events in any order
     * @param maxOffsets highest offset of the tick per partition, records that are no events included
     */
    public TickOutcome learn(long tick, List<LogEvent> events, Map<Integer, Long> maxOffsets) {
        maxOffsets.forEach((partition, offset) -> frontier.merge(partition, offset, Math::max));
        TickPlan plan = TickPlan.of(shared(TickPlan.group(events, store)), directory, counters);
        int rankable = directory.size();
        admit(plan, tick);
        plan.baselines(prequential, config.model().actions());
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            items.shard(lane).beginTick();
        }
        trainer.beginTick(tick, rankable);
        trainer.learn(plan, counters, prequential);
        for (LogEvent event : plan.accepted()) {
            int at = directory.indexOf(event.item());
            if (wanted(event)) {
                directory.recordInteraction(at, tick);
            }
            items.touch(at);
        }
        TickChanges changes = changes(plan, tick);
        AppliedTick applied = store.apply(changes);
        report = TickReport.of(
                tick, trainer.meanLoss(), trainer.gradientNorm(), directory.size(), counters, prequential);
        return new TickOutcome(changes, applied, report, trainer.ranked(), plan.refused(owned));
    }

    /** Begins another log, whose offsets start again: the frontier of the one before is forgotten. */
    public void beginLog() {
        frontier.clear();
    }

    private boolean wanted(LogEvent event) {
        return config.model().actions().of(event.action(), event.value()) == ActionRules.Meaning.POSITIVE;
    }

    /** What all lanes bring, those of other learners included. */
    private List<LaneEvents> shared(List<LaneEvents> mine) {
        if (exchange.alone()) {
            return mine;
        }
        int context = Math.max(config.model().context(), LogitBiases.LAGS);
        MessageWriter writer = new MessageWriter();
        for (LaneEvents lane : mine) {
            if (owned.contains(lane.lane())) {
                writer.putBytes(lane.toBytes(context));
            } else if (!lane.users().isEmpty()) {
                throw new IllegalStateException("events of lane " + lane.lane() + ", which another learner owns");
            }
        }
        MessageReader[] readers = MessageReader.of(exchange.allGather(writer.toBytes()));
        List<LaneEvents> shared = new ArrayList<>();
        for (int lane = 0; lane < mine.size(); lane++) {
            byte[] bytes = readers[exchange.ownerOf(lane, mine.size())].getBytes();
            shared.add(owned.contains(lane) ? mine.get(lane) : LaneEvents.fromBytes(lane, bytes));
        }
        return shared;
    }

    private void admit(TickPlan plan, long tick) {
        for (LogEvent event : plan.accepted()) {
            if (directory.indexOf(event.item()) < 0) {
                items.admit(event, counters.nextOrdinal(), tick, wanted(event));
            }
        }
    }

    /** Changes of the lanes that are owned here; the others' entries stay empty. */
    private TickChanges changes(TickPlan plan, long tick) {
        int lanes = store.layout().lanes();
        List<LaneChanges> all = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            all.add(LaneChanges.empty(lane));
        }
        int[] excess = items.excess(tick, config.capacity());
        if (excess.length > 0) {
            prequential.evict(excess);
            items.evict(excess)
                    .forEach((lane, removed) -> all.get(lane).removed().addAll(removed));
            counters.evicted(excess.length);
        }
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            all.get(lane).rows().addAll(items.shard(lane).changedRows());
            all.get(lane).coOccurrences().addAll(items.shard(lane).changedCoOccurrences());
        }
        for (UserTick user : plan.users()) {
            if (owned.contains(user.lane())) {
                all.get(user.lane()).histories().add(new HistoryAppend(user.user(), user.subject(), user.appended()));
            }
        }
        boolean publishes = counters.publishes(config.publishSteps());
        if (publishes && owned.contains(0)) {
            all.get(0)
                    .dense()
                    .add(new DenseTensor(Scorer.WEIGHTS, trainer.dense().values()));
        }
        return new TickChanges(tick, new TreeMap<>(frontier), all);
    }

    /** Writes what only the learner needs (weights, moments, counters, baselines) to the store; before a snapshot. */
    public void writeOwnState() {
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            Map<String, byte[]> attributes = new TreeMap<>();
            if (lane == 0) {
                counters.save(attributes, prequential);
                prequential.chunks().save(attributes);
                trainer.saveReplay(attributes);
            }
            store.writeOwnState(lane, trainer.ownTensors(lane), attributes);
        }
    }

    /** Counts and quality as of the last tick. */
    public TickReport report() {
        return report;
    }

    /** How evenly the work was spread since this was opened. */
    public LaneBalance balance() {
        return trainer.balance();
    }

    /** A number that follows from all steps since this was opened; learners of one job have the same after a tick. */
    public long fingerprint() {
        return trainer.fingerprint();
    }

    @Override
    public void close() {
        trainer.close();
    }
}
