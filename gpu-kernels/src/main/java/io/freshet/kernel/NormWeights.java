package io.freshet.kernel;

/**
 * Weights of an affine layer norm, or their gradients in the same shape.
 *
 * @param width normalised width
 * @param epsilon added to the variance
 * @param gamma scale, {@code [width]}
 * @param beta shift, {@code [width]}
 */
public record NormWeights(int width, float epsilon, Floats gamma, Floats beta) {}
