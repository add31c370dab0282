package io.freshet.train;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.model.scoring.ScoredItem;
import io.freshet.model.scoring.Scorer;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.store.DenseTensor;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.LaneChanges;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.step.TrainingConfig;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A learner, and a scorer that follows it tick by tick, as a follower does; the same bits on every machine. */
final class ActionWorld implements AutoCloseable {
    private final InMemoryStore store;
    private final Learner learner;
    private final Scorer scorer;
    private long tick = -1;
    private long offset;
    private long time = 1_600_000_000_000L;

    ActionWorld(ActionRules rules) {
        this(config(rules, 48), new StoreLayout(4, 128, 16, 200));
    }

    ActionWorld(LearnerConfig config, StoreLayout layout) {
        store = new InMemoryStore(layout);
        learner = Learner.open(config, store, CpuDevices.scalar().open());
        scorer = new Scorer(config.model(), CpuDevices.scalar().open());
    }

    /** A small model that publishes its weights with every tick. */
    static LearnerConfig config(ActionRules rules, int batchTokens) {
        ModelConfig model = new ModelConfig(
                new LayerConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 16),
                new ContextConfig(32, 16),
                0.4f,
                new PopularityDecay(1200, 40),
                7,
                rules);
        return new LearnerConfig(
                model,
                new TrainingConfig(
                        batchTokens,
                        0f,
                        new SoftmaxConfig(4096, 64, BiasSet.ALL),
                        new OptimizerConfig(2e-3f, 20, 0.15f, 0.999f, 1f),
                        Compression.NONE,
                        1),
                10_000,
                1);
    }

    /** An event at the next second. */
    BehaviourEvent event(Action action, String user, String item) {
        time += 1000;
        return BehaviourEvent.of("e" + time, action, time, user, item);
    }

    /** Learns a tick; the scorer has it when this returns. */
    TickOutcome learn(List<BehaviourEvent> events) {
        List<LogEvent> log = new ArrayList<>();
        for (BehaviourEvent e : events) {
            log.add(logEvent(offset++, e));
            time = Math.max(time, e.eventTimeMillis());
        }
        return learnLog(log);
    }

    /** The same of events as the learner takes them. */
    TickOutcome learnLog(List<LogEvent> log) {
        tick++;
        TickOutcome outcome = learner.learn(tick, log, Map.of(0, tick));
        follow(outcome.changes());
        return outcome;
    }

    static LogEvent logEvent(long offset, BehaviourEvent e) {
        return new LogEvent(
                0,
                offset,
                EntityIds.standard().subject(e.subject()),
                e.subject(),
                EntityIds.standard().item(e.itemId()),
                e.itemId(),
                e.action().code(),
                e.eventTimeMillis(),
                e.historyValue(),
                EntityIds.standard().event(e.eventId()));
    }

    private void follow(TickChanges changes) {
        for (LaneChanges lane : changes.lanes()) {
            scorer.state().putAll(lane.rows().stream().map(RowChange::row).toList());
            lane.coOccurrences().forEach(row -> scorer.state().put(lane.lane(), row));
            for (DenseTensor tensor : lane.dense()) {
                scorer.state().loadDense(name -> name.equals(tensor.name()) ? tensor.values() : null);
            }
        }
        scorer.state().tick(changes.tick());
    }

    List<Interaction> history(String user) {
        History known = store.history(EntityIds.standard().user(user));
        return known == null ? List.of() : known.interactions();
    }

    /** Names of the best items for a user, best first. */
    List<String> best(String user, int k) {
        return scorer.recommend(history(user), time + 1000, k, item -> false).stream()
                .map(ScoredItem::name)
                .toList();
    }

    /** Names of the items nearest to one. */
    List<String> nearest(String item, int k) {
        return scorer.similar(EntityIds.standard().item(item), k).stream()
                .map(ScoredItem::name)
                .toList();
    }

    float score(String user, String item) {
        return scorer.score(history(user), time + 1000, new long[] {
            EntityIds.standard().item(item)
        })[0];
    }

    Learner learner() {
        return learner;
    }

    InMemoryStore store() {
        return store;
    }

    Scorer scorer() {
        return scorer;
    }

    @Override
    public void close() {
        learner.close();
    }
}
