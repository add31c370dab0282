package io.freshet.train;

import io.freshet.model.ModelConfig;
import io.freshet.model.ModelParameters;
import io.freshet.model.Transitions;
import io.freshet.train.exchange.Compression;
import java.io.Serializable;

/**
 * How the model learns.
 *
 * @param model shape of the model
 * @param batchTokens most tokens of one lane's micro-batch (a longer sequence makes a micro-batch of its own)
 * @param fullSoftmaxItems catalogues of at most this many items are learned with a full softmax
 * @param negatives shared negatives per step above that
 * @param denseLearningRate AdamW, after warm-up
 * @param warmUpSteps steps over which the dense rate rises linearly
 * @param rowLearningRate of embedding rows
 * @param rowDecay factor per step on a row's second moment, so that learning never freezes
 * @param gradientClip largest norm of the dense gradient
 * @param publishSteps dense weights go to serving with the tick that ends at least so many steps after they last did
 * @param capacity most items in the catalogue; the longest unseen are evicted beyond it
 * @param priors which sparse memories stand beside the network
 * @param replayRatio past sequences learned from again for every new one
 * @param compression how what learners give each other is made smaller
 * @param threads threads that compute lanes; the bits do not depend on it
 */
public record LearnerConfig(
        ModelConfig model,
        int batchTokens,
        int fullSoftmaxItems,
        int negatives,
        float denseLearningRate,
        int warmUpSteps,
        float rowLearningRate,
        float rowDecay,
        float gradientClip,
        int publishSteps,
        int capacity,
        Priors priors,
        float replayRatio,
        Compression compression,
        int threads)
        implements Serializable {

    /** Sparse memories beside the network, each with a learned weight. */
    public enum Priors {
        /** Popularity, recent popularity, what stood near the user's last items, those items themselves; sharpness. */
        ALL,
        /** The same with the temperature as it is configured. */
        NO_SHARPNESS,
        /** The same without those items themselves. */
        NO_REPEATS,
        /** Popularity and recent popularity. */
        POPULARITY,
        /** All of them, and no network: what it adds to a score is 0. For comparison. */
        NO_NETWORK,
        /** The network alone. */
        NONE;

        /** How many of the logit weights are in use: the first ones. */
        public int count() {
            return switch (this) {
                case ALL -> ModelParameters.PRIORS;
                case NO_SHARPNESS, NO_NETWORK -> ModelParameters.SHARPNESS;
                case NO_REPEATS -> 2 + Transitions.LAGS;
                case POPULARITY -> 2;
                case NONE -> 0;
            };
        }
    }

    public LearnerConfig {
        check(batchTokens > 0, "batch-tokens", batchTokens);
        check(fullSoftmaxItems >= 0, "full-softmax-items", fullSoftmaxItems);
        check(negatives > 0, "negatives", negatives);
        check(denseLearningRate > 0, "dense-learning-rate", denseLearningRate);
        check(warmUpSteps > 0, "warm-up-steps", warmUpSteps);
        check(rowLearningRate > 0, "row-learning-rate", rowLearningRate);
        check(rowDecay > 0 && rowDecay <= 1, "row-decay", rowDecay);
        check(gradientClip > 0, "gradient-clip", gradientClip);
        check(publishSteps > 0, "publish-steps", publishSteps);
        check(capacity > 1, "capacity", capacity);
        check(replayRatio >= 0 && replayRatio <= 8, "replay-ratio", replayRatio);
        check(threads > 0, "threads", threads);
    }

    /** The same with another way to make what learners give each other smaller. */
    public LearnerConfig withCompression(Compression other) {
        return new LearnerConfig(
                model,
                batchTokens,
                fullSoftmaxItems,
                negatives,
                denseLearningRate,
                warmUpSteps,
                rowLearningRate,
                rowDecay,
                gradientClip,
                publishSteps,
                capacity,
                priors,
                replayRatio,
                other,
                threads);
    }

    /** The {@code small} preset. */
    public static LearnerConfig small() {
        return new LearnerConfig(
                ModelConfig.small(),
                32,
                4096,
                1024,
                2e-3f,
                100,
                0.15f,
                0.999f,
                1f,
                4,
                200_000,
                Priors.ALL,
                0f,
                Compression.NONE,
                1);
    }

    private static void check(boolean valid, String name, Object value) {
        if (!valid) {
            throw new IllegalArgumentException("learner." + name + " = " + value + " is out of range");
        }
    }
}
