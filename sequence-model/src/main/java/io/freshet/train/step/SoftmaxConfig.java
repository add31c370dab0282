package io.freshet.train.step;

import io.freshet.model.LogitBiases;
import java.io.Serializable;

/**
 * What a position's softmax is over, and what stands in its logits beside the network.
 *
 * @param fullSoftmaxItems catalogues of at most this many items are learned with a full softmax
 * @param negatives shared negatives per step above that
 * @param biases which sparse memories stand beside the network
 */
public record SoftmaxConfig(int fullSoftmaxItems, int negatives, BiasSet biases) implements Serializable {
    /** Sparse memories beside the network, each with a learned weight, and the scale of its logits. */
    public enum BiasSet {
        /** Popularity, recent popularity, co-occurrences with the user's last items, those items; the logit scale. */
        ALL,
        /** All memories, with the temperature as it is configured. */
        NO_LOGIT_SCALE,
        /** Those of {@link #NO_LOGIT_SCALE} without the user's last items themselves. */
        NO_REPEATS,
        /** Popularity and recent popularity. */
        POPULARITY,
        /** All memories, and no network: what it adds to a score is 0. For comparison. */
        NO_NETWORK,
        /** The network alone. */
        NONE;

        /** How many of the logit weights are learned: the first ones. */
        int count() {
            return switch (this) {
                case ALL -> LogitBiases.COUNT;
                case NO_LOGIT_SCALE, NO_NETWORK -> LogitBiases.LOGIT_SCALE;
                case NO_REPEATS -> LogitBiases.REPEATS;
                case POPULARITY -> LogitBiases.CO_OCCURRENCES;
                case NONE -> 0;
            };
        }
    }

    /** @throws IllegalArgumentException naming the setting that is out of range */
    public SoftmaxConfig {
        TrainingConfig.require(fullSoftmaxItems >= 0, "full-softmax-items", fullSoftmaxItems);
        TrainingConfig.require(negatives > 0, "negatives", negatives);
    }

    /** The {@code small} preset. */
    public static SoftmaxConfig small() {
        return new SoftmaxConfig(4096, 1024, BiasSet.ALL);
    }
}
