package io.freshet.train.loss;

import io.freshet.model.LogitBiases;

/**
 * What all shards compute a step's loss with.
 *
 * @param tick number of the tick
 * @param rankable items whose itemIndex is below this can be ranked; nobody could have shown the others yet
 * @param logitWeights learned weights of what is added to logits, and the logit scale's log, {@code [B]}
 * @param full whether every item is a candidate
 * @param draws else the itemIndex of each negative drawn, with repetitions, {@code [negatives]}
 * @param sampler that drew them
 */
public record StepContext(
        long tick, int rankable, float[] logitWeights, boolean full, int[] draws, NegativeSampler sampler) {
    /** What cosines of queries and items are multiplied by, beside one over the temperature. */
    float logitScale() {
        return LogitBiases.logitScale(logitWeights);
    }
}
