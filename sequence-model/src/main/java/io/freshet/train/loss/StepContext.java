package io.freshet.train.loss;

/**
 * What all shards compute a step's loss with.
 *
 * @param tick the tick
 * @param known items from this index of the directory on cannot be ranked: nobody could have shown them yet
 * @param priors weights of the priors as of this step
 * @param full whether every item is a candidate
 * @param draws else directory indices of the negatives drawn, with repetitions
 * @param sampler that drew them
 */
public record StepContext(long tick, int known, float[] priors, boolean full, int[] draws, NegativeSampler sampler) {}
