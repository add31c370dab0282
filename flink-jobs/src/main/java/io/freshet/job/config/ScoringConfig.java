package io.freshet.job.config;

import io.freshet.model.items.ItemScan;
import java.io.Serializable;

/**
 * The scorer inside the learner's JVM.
 *
 * @param embeddedPort its port, where a scorer is on the class path; 0 for none
 * @param itemScan how it finds the best items; its answers do not depend on it
 */
public record ScoringConfig(int embeddedPort, ItemScan itemScan) implements Serializable {
    public ScoringConfig {
        ConfigKey.check(embeddedPort >= 0 && embeddedPort < 65536, "scoring.embedded-port", embeddedPort, "a port");
    }
}
