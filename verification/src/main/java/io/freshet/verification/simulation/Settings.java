package io.freshet.verification.simulation;

import io.freshet.job.config.JobConfig;
import io.freshet.job.config.StoreConfig;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.store.KeyGroups;
import io.freshet.store.StoreLayout;
import io.freshet.train.Compression;
import io.freshet.train.LearnerConfig;

/** The smallest model that has everything. */
final class Settings {
    static final int LANES = 4;
    static final KeyGroups KEY_GROUPS = new KeyGroups(LANES, StoreConfig.KEY_GROUPS);
    static final StoreLayout LAYOUT = new StoreLayout(LANES, StoreConfig.KEY_GROUPS, 8, 50);
    static final LearnerConfig LEARNER = new LearnerConfig(
            new ModelConfig(
                    new LayerConfig(ModelConfig.Variant.STREAMING, 8, 1, 1, 8, 4),
                    new ContextConfig(12, 6),
                    0.2f,
                    new PopularityDecay(100, 10),
                    7,
                    ActionRules.DEFAULT),
            12,
            6,
            4,
            2e-3f,
            5,
            0.2f,
            0.999f,
            1f,
            4,
            8,
            LearnerConfig.Priors.ALL,
            0f,
            Compression.NONE,
            1);

    private Settings() {}
}
