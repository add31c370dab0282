package io.freshet.verification.simulation.reference;

import io.freshet.job.config.JobConfig;
import io.freshet.model.ModelConfig;
import io.freshet.store.StoreLayout;
import io.freshet.train.Compression;
import io.freshet.train.LearnerConfig;

/** The smallest model that has everything. */
public final class Settings {
    public static final int LANES = 4;
    public static final StoreLayout LAYOUT = new StoreLayout(LANES, JobConfig.KEY_GROUPS, 8, 50);
    public static final LearnerConfig LEARNER = new LearnerConfig(
            new ModelConfig(ModelConfig.Variant.STREAMING, 8, 1, 1, 8, 12, 6, 4, 0.2f, 100, 10, 7),
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

    /** A subject of the first lane. */
    public static long userOfFirstLane() {
        long user = 0;
        while (LAYOUT.laneOf(user) != 0) {
            user++;
        }
        return user;
    }
}
