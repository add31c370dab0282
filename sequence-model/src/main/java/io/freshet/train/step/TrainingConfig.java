package io.freshet.train.step;

import io.freshet.train.exchange.Compression;
import java.io.Serializable;

/**
 * How a tick is learned from.
 *
 * @param batchTokens most tokens of one lane's micro-batch (a longer sequence makes a micro-batch of its own)
 * @param replayRatio past sequences learned from again for every new one; 0 .. 8
 * @param softmax what the loss is over
 * @param optimizer how far a step moves
 * @param compression how what learners give each other is made smaller
 * @param threads threads that compute lanes; the bits do not depend on it
 */
public record TrainingConfig(
        int batchTokens,
        float replayRatio,
        SoftmaxConfig softmax,
        OptimizerConfig optimizer,
        Compression compression,
        int threads)
        implements Serializable {
    /** @throws IllegalArgumentException naming the setting that is out of range */
    public TrainingConfig {
        require(batchTokens > 0, "batch-tokens", batchTokens);
        require(replayRatio >= 0 && replayRatio <= 8, "replay-ratio", replayRatio);
        require(threads > 0, "threads", threads);
    }

    /** The {@code small} preset. */
    public static TrainingConfig small() {
        return new TrainingConfig(32, 0f, SoftmaxConfig.small(), OptimizerConfig.small(), Compression.NONE, 1);
    }

    /** This configuration with another way to make what learners give each other smaller. */
    public TrainingConfig withCompression(Compression other) {
        return new TrainingConfig(batchTokens, replayRatio, softmax, optimizer, other, threads);
    }

    /**
     * Refuses a setting that is out of range.
     *
     * @param name of the setting below {@code learner}
     * @throws IllegalArgumentException naming the setting and its value, if it is not valid
     */
    public static void require(boolean valid, String name, Object value) {
        if (!valid) {
            throw new IllegalArgumentException("learner." + name + " = " + value + " is out of range");
        }
    }
}
