package io.freshet.verification.simulation;

import io.freshet.job.config.JobConfig;
import io.freshet.model.ModelConfig;
import io.freshet.store.StoreLayout;
import io.freshet.train.LearnerConfig;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.LogitBiases;
import io.freshet.train.step.TrainingConfig;

/** The smallest model that has everything. */
final class Settings {
    static final int LANES = 4;
    static final StoreLayout LAYOUT = new StoreLayout(LANES, JobConfig.KEY_GROUPS, 8, 50);
    static final LearnerConfig LEARNER = new LearnerConfig(
            new ModelConfig(ModelConfig.Variant.STREAMING, 8, 1, 1, 8, 12, 6, 4, 0.2f, 100, 10, 7),
            new TrainingConfig(
                    12,
                    0f,
                    new SoftmaxConfig(6, 4, LogitBiases.ALL),
                    new OptimizerConfig(2e-3f, 5, 0.2f, 0.999f, 1f),
                    Compression.NONE,
                    1),
            8,
            4);

    private Settings() {}

    /** A subject of the first lane. */
    static long userOfFirstLane() {
        long user = 0;
        while (LAYOUT.laneOf(user) != 0) {
            user++;
        }
        return user;
    }
}
