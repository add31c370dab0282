package io.freshet.kernel;

/**
 * Constants of one AdamW step (Loshchilov and Hutter, arXiv 1711.05101), bias correction folded in by the caller.
 *
 * @param learningRate after warm-up
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the corrected second moment
 * @param weightDecay decoupled decay per step, times the learning rate
 * @param step number of this step, from 1 (bias correction)
 */
public record AdamStep(float learningRate, float beta1, float beta2, float epsilon, float weightDecay, long step) {}
