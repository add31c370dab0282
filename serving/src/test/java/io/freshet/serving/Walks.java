package io.freshet.serving;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.CounterRandom;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.model.scoring.Scorer;
import io.freshet.schema.EntityIds;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.Interaction;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.train.Learner;
import io.freshet.train.LearnerConfig;
import io.freshet.train.TickOutcome;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.step.TrainingConfig;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** A small learner whose users walk through 60 items in a circle; few enough are kept that items are evicted too. */
public final class Walks implements AutoCloseable {
    public static final ModelConfig MODEL = new ModelConfig(
            new LayerConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 16),
            new ContextConfig(32, 16),
            0.2f,
            new PopularityDecay(100, 10),
            7,
            ActionRules.DEFAULT);
    public static final StoreLayout LAYOUT = new StoreLayout(4, 128, 16, 50);
    public static final long NOW = 1_000_000;
    private static final int ITEMS = 60;

    private final EmbeddingStore store;
    private final Learner learner;
    private final SplittableRandom random = new SplittableRandom(11);
    private final int[] at = new int[10];
    private long offset;

    public Walks(EmbeddingStore store) {
        this.store = store;
        LearnerConfig config = new LearnerConfig(
                MODEL,
                new TrainingConfig(
                        48,
                        0f,
                        new SoftmaxConfig(10, 64, BiasSet.ALL),
                        new OptimizerConfig(2e-3f, 20, 0.2f, 0.999f, 1f),
                        Compression.NONE,
                        1),
                40,
                4);
        learner = Learner.open(config, store, CpuDevices.scalar().open());
    }

    /** Ids of all items that may come up. */
    public static List<String> items() {
        return IntStream.range(0, ITEMS).mapToObj(item -> "i" + item).toList();
    }

    /** Learns the next tick. */
    public TickOutcome tick() {
        long tick = store.tick() + 1;
        List<LogEvent> events = new ArrayList<>();
        for (int i = 0; i < 20; i++, offset++) {
            int user = random.nextInt(at.length);
            at[user] = (at[user] + 1) % ITEMS;
            String who = "u" + user;
            String what = "i" + at[user];
            events.add(new LogEvent(
                    0,
                    offset,
                    EntityIds.standard().user(who),
                    who,
                    EntityIds.standard().item(what),
                    what,
                    (byte) 1,
                    tick * 1000L,
                    0,
                    CounterRandom.mix(3, offset)));
        }
        return learner.learn(tick, events, Map.of(0, store.tick() + 1));
    }

    /** Learns some ticks. */
    public void ticks(int count) {
        for (int i = 0; i < count; i++) {
            tick();
        }
    }

    public EmbeddingStore store() {
        return store;
    }

    /** What the store's state is called when it is served. */
    public Version version() {
        return new Version(store.tick(), 1, NOW, store.frontier());
    }

    public void install(ScoringEngine engine) {
        engine.install(MODEL, EntityIds.standard(), store.view(), version());
    }

    /** The same question put to a scorer that was loaded from the store just now; unknown items get the lowest. */
    public List<Float> reference(String user, List<String> items) {
        try (StateView view = store.view()) {
            Scorer scorer = new Scorer(MODEL, CpuDevices.scalar().open());
            scorer.state().load(view);
            var known = view.history(EntityIds.standard().user(user));
            List<Interaction> history = known == null ? List.of() : known.interactions();
            long[] ids = items.stream().mapToLong(EntityIds.standard()::item).toArray();
            float[] scores = scorer.score(history, NOW, ids);
            List<Float> all = new ArrayList<>();
            for (float score : scores) {
                all.add(Float.isNaN(score) ? scorer.lowestScore() : score);
            }
            return all;
        }
    }

    @Override
    public void close() {
        learner.close();
    }
}
