package io.freshet.train;

import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
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

    /** A learner of width 8 and one layer, whose softmax is sampled from 6 items on: for simulations. */
    public static LearnerConfig tiny(int capacity) {
        return new LearnerConfig(
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
                capacity,
                4);
    }
}
