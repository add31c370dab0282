package io.freshet.serving;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.schema.EntityIds;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import io.freshet.train.LearnerConfig;
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

/** A real learner on a small log, tick by tick. */
public final class SmallWorld implements AutoCloseable {
    public static final ModelConfig MODEL = new ModelConfig(
            new LayerConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 16),
            new ContextConfig(32, 16),
            0.4f,
            new PopularityDecay(100, 10),
            7,
            ActionRules.DEFAULT);

    private final InMemoryStore store = new InMemoryStore(new StoreLayout(2, 16, 16, 50));
    private final Learner learner = Learner.open(
            new LearnerConfig(
                    MODEL,
                    new TrainingConfig(
                            48,
                            0f,
                            new SoftmaxConfig(4096, 64, BiasSet.ALL),
                            new OptimizerConfig(2e-3f, 20, 0.15f, 0.999f, 1f),
                            Compression.NONE,
                            1),
                    10_000,
                    2),
            store,
            CpuDevices.scalar().open());
    private final SplittableRandom random = new SplittableRandom(5);
    private long tick = -1;
    private long offset;

    /** Learns a tick: users u0 to u9 walk through items i0 to i29 in a circle. */
    public TickChanges next() {
        tick++;
        List<LogEvent> events = new ArrayList<>();
        for (int n = 0; n < 10; n++) {
            String user = "u" + random.nextInt(10);
            String item = "i" + (offset * 7 % 30);
            long id = EntityIds.standard().event("e" + offset);
            events.add(new LogEvent(
                    0,
                    offset++,
                    EntityIds.standard().user(user),
                    user,
                    EntityIds.standard().item(item),
                    item,
                    (byte) 1,
                    tick * 1000,
                    0,
                    id));
        }
        return learner.learn(tick, events, Map.of(0, offset - 1)).changes();
    }

    public InMemoryStore store() {
        return store;
    }

    /** The version of the store as it is. */
    public Version version() {
        return new Version(store.tick(), 1, 0, store.frontier());
    }

    @Override
    public void close() {
        learner.close();
    }
}
