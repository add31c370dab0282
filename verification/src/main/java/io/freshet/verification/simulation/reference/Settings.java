package io.freshet.verification.simulation.reference;

import io.freshet.job.config.StoreConfig;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.store.KeyGroups;
import io.freshet.store.StoreLayout;
import io.freshet.train.LearnerConfig;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.step.TrainingConfig;

/** The smallest model that has everything. */
public final class Settings {
    public static final int LANES = 4;
    public static final KeyGroups KEY_GROUPS = new KeyGroups(LANES, StoreConfig.KEY_GROUPS);
    public static final StoreLayout LAYOUT = new StoreLayout(LANES, StoreConfig.KEY_GROUPS, 8, 50);
    public static final LearnerConfig LEARNER = new LearnerConfig(
            new ModelConfig(
                    new LayerConfig(ModelConfig.Variant.STREAMING, 8, 1, 1, 8, 4),
                    new ContextConfig(12, 6),
                    0.2f,
                    new PopularityDecay(100, 10),
                    7,
                    ActionRules.DEFAULT),
            new TrainingConfig(
                    12,
                    0f,
                    new SoftmaxConfig(6, 4, BiasSet.ALL),
                    new OptimizerConfig(2e-3f, 5, 0.2f, 0.999f, 1f),
                    Compression.NONE,
                    1),
            8,
            4);

    private Settings() {}
}
