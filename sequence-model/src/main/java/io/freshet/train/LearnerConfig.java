package io.freshet.train;

import io.freshet.model.ModelConfig;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.TrainingConfig;
import java.io.Serializable;

/**
 * What a learner is: the model, how it is trained, how many items it keeps, and how often it publishes.
 *
 * @param model shape of the model
 * @param training how a tick is learned from
 * @param capacity most items in the catalogue; the longest unseen are evicted beyond it
 * @param publishSteps dense weights go to serving with the tick that ends at least so many steps after they last did
 */
public record LearnerConfig(ModelConfig model, TrainingConfig training, int capacity, int publishSteps)
        implements Serializable {
    /** @throws IllegalArgumentException naming the setting that is out of range */
    public LearnerConfig {
        TrainingConfig.require(publishSteps > 0, "publish-steps", publishSteps);
        TrainingConfig.require(capacity > 1, "capacity", capacity);
    }

    /** This configuration with another way to make what learners give each other smaller. */
    public LearnerConfig withCompression(Compression other) {
        return new LearnerConfig(model, training.withCompression(other), capacity, publishSteps);
    }

    /** The {@code small} preset. */
    public static LearnerConfig small() {
        return new LearnerConfig(ModelConfig.small(), TrainingConfig.small(), 200_000, 4);
    }
}
