package io.freshet.job.config;

import io.freshet.job.clock.ClockConfig;
import io.freshet.job.core.Accepted;
import io.freshet.kernel.Precision;
import io.freshet.store.StoreLayout;
import io.freshet.train.LearnerConfig;
import java.io.Serializable;
import java.util.Set;

/**
 * What a learner job needs to know, part by part.
 *
 * @param kafka how Kafka is reached
 * @param topics names of its topics
 * @param clock rules of the log's clock
 * @param accept what a start accepts once instead of refusing it
 * @param decoding how records become events
 * @param store the learner's state
 * @param scoring the scorer inside the learner's JVM
 * @param exchange how learners reach each other
 * @param parallelism learners that share the work; at most one a lane
 * @param precision of the learner's matrix products
 * @param learner how the model learns
 */
public record JobConfig(
        KafkaConfig kafka,
        TopicConfig topics,
        ClockConfig clock,
        Set<Accepted> accept,
        DecodingConfig decoding,
        StoreConfig store,
        ScoringConfig scoring,
        ExchangeConfig exchange,
        int parallelism,
        Precision precision,
        LearnerConfig learner)
        implements Serializable {
    /** Property of a snapshot: the key of its hashed ids. */
    public static final String ID_KEY = "id-key";

    public JobConfig {
        accept = accept.isEmpty() ? Set.of() : Set.copyOf(accept);
        ConfigKey.check(
                parallelism > 0 && parallelism <= store.lanes(),
                "learner.parallelism",
                parallelism,
                "1 to store.lanes");
        ConfigKey.check(
                scoring.embeddedPort() == 0 || parallelism == 1,
                "learner.parallelism",
                parallelism,
                "1 with embedded scoring, which reads all lanes; run freshet serve beside several learners");
    }

    /** Shape of the learner's store. */
    public StoreLayout layout() {
        return store.layout(learner.model().width());
    }
}
