package io.freshet.verification.simulation.reference;

import io.freshet.job.config.StoreConfig;
import io.freshet.store.KeyGroups;
import io.freshet.store.StoreLayout;
import io.freshet.train.LearnerConfig;

/** The smallest model that has everything. */
public final class Settings {
    public static final int LANES = 4;
    public static final KeyGroups KEY_GROUPS = new KeyGroups(LANES, StoreConfig.KEY_GROUPS);
    public static final StoreLayout LAYOUT = new StoreLayout(LANES, StoreConfig.KEY_GROUPS, 8, 50);
    public static final LearnerConfig LEARNER = LearnerConfig.tiny(8);

    private Settings() {}
}
