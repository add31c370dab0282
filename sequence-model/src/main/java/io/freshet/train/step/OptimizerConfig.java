package io.freshet.train.step;

import java.io.Serializable;

/**
 * How far a step moves weights and rows.
 *
 * @param denseLearningRate of AdamW, after warm-up
 * @param warmUpSteps steps over which the dense rate rises linearly
 * @param rowLearningRate of embedding rows
 * @param rowDecay factor per step on a row's second moment, so that learning never freezes; in (0, 1]
 * @param gradientClip largest norm of the dense gradient
 */
public record OptimizerConfig(
        float denseLearningRate, int warmUpSteps, float rowLearningRate, float rowDecay, float gradientClip)
        implements Serializable {
    /** @throws IllegalArgumentException naming the setting that is out of range */
    public OptimizerConfig {
        TrainingConfig.require(denseLearningRate > 0, "dense-learning-rate", denseLearningRate);
        TrainingConfig.require(warmUpSteps > 0, "warm-up-steps", warmUpSteps);
        TrainingConfig.require(rowLearningRate > 0, "row-learning-rate", rowLearningRate);
        TrainingConfig.require(rowDecay > 0 && rowDecay <= 1, "row-decay", rowDecay);
        TrainingConfig.require(gradientClip > 0, "gradient-clip", gradientClip);
    }

    /** The {@code small} preset. */
    public static OptimizerConfig small() {
        return new OptimizerConfig(2e-3f, 100, 0.15f, 0.999f, 1f);
    }
}
