package io.freshet.train;

import io.freshet.kernel.Device;
import io.freshet.model.Catalogue;
import io.freshet.model.CounterRandom;
import io.freshet.model.ModelConfig;
import io.freshet.model.Scorer;
import io.freshet.model.Transitions;
import io.freshet.store.AppliedTick;
import io.freshet.store.DenseTensor;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.HistoryAppend;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.RowChange;
import io.freshet.store.TickChanges;
import io.freshet.store.TransitionRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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
    private final Catalogue catalogue;
    private final RowSlots slots = new RowSlots();
    private final StepTrainer trainer;
    private final LearnerCounters counters = new LearnerCounters();
    private final Prequential prequential = new Prequential();
    private final TreeMap<Integer, Long> frontier = new TreeMap<>();
    private TickReport report;

    private Learner(LearnerConfig config, EmbeddingStore store, Device device, Exchange exchange) {
        this.exchange = exchange;
        this.config = config;
        this.store = store;
        if (store.layout().width() != config.model().width()) {
            throw new IllegalArgumentException(
                    "the store keeps rows of width " + store.layout().width() + ", the model needs "
                            + config.model().width());
        }
        this.catalogue = new Catalogue(config.model(), device);
        this.trainer = new StepTrainer(config, store.layout().lanes(), device, catalogue, slots, exchange);
        restore();
        this.report = counters.report(store.tick(), Double.NaN, 0, catalogue.size(), prequential.report());
    }

    /** Opens a learner that continues from what the store holds; on an empty store, from the initial weights. */
    public static Learner open(LearnerConfig config, EmbeddingStore store, Device device) {
        return new Learner(config, store, device, Exchange.local());
    }

    /**
     * The same, for one of several learners that share a tick's work. Each gets the events of the lanes that it
     * computes;
     * all keep the whole state.
     */
    public static Learner open(LearnerConfig config, EmbeddingStore store, Device device, Exchange exchange) {
        return new Learner(config, store, device, exchange);
    }

    private void restore() {
        List<RowChange> rows = new ArrayList<>();
        store.forEachRow(rows::add);
        rows.sort(Comparator.comparingInt(change -> change.row().ordinal()));
        for (RowChange change : rows) {
            slots.put(catalogue.put(change.row()), change.slot());
        }
        frontier.putAll(store.frontier());
        counters.restore(store, prequential);
        trainer.restore(store);
    }

    /**
     * Learns from the events of a tick and applies the changes to the store. Ranks every event before learning from it.
     *
     * @param tick number of the tick, greater than any before
     * @param events in any order
     * @param passed highest offset of the tick per partition, records that are no events included
     */
    public TickOutcome learn(long tick, List<LogEvent> events, Map<Integer, Long> passed) {
        passed.forEach((partition, offset) -> frontier.merge(partition, offset, Math::max));
        TickPlan plan = TickPlan.of(shared(TickPlan.group(events, store)), counters);
        plan.baselines(prequential);
        int known = catalogue.size();
        admit(plan, tick);
        trainer.beginTick(tick, known);
        trainer.learn(plan, counters, prequential);
        for (LogEvent event : plan.accepted()) {
            int at = catalogue.indexOf(event.item());
            catalogue.sighted(at, tick);
            trainer.touch(at);
        }
        TickChanges changes = changes(plan, tick);
        AppliedTick applied = store.apply(changes);
        report = counters.report(
                tick, trainer.meanLoss(), trainer.gradientNorm(), catalogue.size(), prequential.report());
        return new TickOutcome(changes, applied, report, trainer.ranked());
    }

    /** What all lanes bring, those that are computed elsewhere included. */
    private List<LaneEvents> shared(List<LaneEvents> mine) {
        if (exchange.alone()) {
            return mine;
        }
        byte[][] lanes = new byte[mine.size()][];
        int context = Math.max(config.model().context(), Transitions.LAGS);
        for (LaneEvents lane : mine) {
            if (exchange.owns(lane.lane())) {
                lanes[lane.lane()] = lane.toBytes(context);
            } else if (!lane.users().isEmpty()) {
                throw new IllegalStateException("events of lane " + lane.lane() + ", which is computed elsewhere");
            }
        }
        byte[][] all = exchange.share(lanes);
        List<LaneEvents> shared = new ArrayList<>();
        for (int lane = 0; lane < all.length; lane++) {
            shared.add(exchange.owns(lane) ? mine.get(lane) : LaneEvents.fromBytes(lane, all[lane]));
        }
        return shared;
    }

    private void admit(TickPlan plan, long tick) {
        ModelConfig model = config.model();
        for (LogEvent event : plan.accepted()) {
            int at = catalogue.indexOf(event.item());
            if (at < 0) {
                float[] embedding = new float[model.width()];
                long key = CounterRandom.mix(model.seed(), event.item());
                CounterRandom.fill(key, embedding, 0, embedding.length, 0.02f);
                int ordinal = counters.nextOrdinal();
                slots.clear(catalogue.put(new ItemRow(event.item(), event.itemName(), ordinal, 0, 0, tick, embedding)));
            } else if (!catalogue.name(at).equals(event.itemName())) {
                counters.collision();
            }
        }
    }

    private TickChanges changes(TickPlan plan, long tick) {
        int lanes = store.layout().lanes();
        List<LaneChanges> all = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            all.add(LaneChanges.empty(lane));
        }
        List<Long> evicted = evict(tick);
        for (int at : trainer.touched()) {
            ItemRow row = catalogue.row(at);
            all.get(store.layout().laneOf(row.item())).rows().add(new RowChange(row, slots.at(at)));
        }
        for (TransitionRow row : trainer.takeTransitions()) {
            all.get(store.layout().laneOf(row.item())).transitions().add(row);
        }
        trainer.clearTouched();
        for (long item : evicted) {
            all.get(store.layout().laneOf(item)).removed().add(item);
        }
        for (UserTick user : plan.users()) {
            all.get(user.lane).histories().add(new HistoryAppend(user.user, user.subject, user.appended()));
        }
        if (tick % config.publishTicks() == 0) {
            all.get(0).dense().add(new DenseTensor(Scorer.WEIGHTS, trainer.weights()));
        }
        return new TickChanges(tick, new TreeMap<>(frontier), all);
    }

    /** Takes out the longest unseen items when there are more than the capacity allows, down to nine tenths of it. */
    private List<Long> evict(long tick) {
        if (catalogue.size() <= config.capacity()) {
            return List.of();
        }
        List<Integer> oldest = new ArrayList<>();
        for (int at = 0; at < catalogue.size(); at++) {
            if (catalogue.lastTick(at) < tick) {
                oldest.add(at);
            }
        }
        oldest.sort(Comparator.comparingLong(catalogue::lastTick));
        int excess = catalogue.size() - config.capacity() / 10 * 9;
        List<Integer> gone = oldest.subList(0, Math.min(excess, oldest.size()));
        List<Long> items = gone.stream().sorted().map(catalogue::item).toList();
        trainer.forget(gone);
        slots.removeAll(gone, catalogue.size());
        catalogue.removeAll(new java.util.HashSet<>(items));
        counters.evicted(items.size());
        return items;
    }

    /** Writes what only the learner needs (weights, moments, counters, baselines) to the store; before a snapshot. */
    public void writeOwnState() {
        Map<String, byte[]> attributes = new TreeMap<>();
        counters.save(attributes, prequential);
        trainer.saveReplay(attributes);
        store.writeOwnState(trainer.ownTensors(), attributes);
    }

    /** Counts and quality as of the last tick. */
    public TickReport report() {
        return report;
    }

    @Override
    public void close() {
        trainer.close();
    }
}
