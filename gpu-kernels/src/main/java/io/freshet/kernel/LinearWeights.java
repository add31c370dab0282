package io.freshet.kernel;

/**
 * Weights of a linear layer, or their gradients in the same shape.
 *
 * @param in input width
 * @param out output width
 * @param matrix {@code [in, out]}
 * @param bias {@code [out]}
 */
public record LinearWeights(int in, int out, Floats matrix, Floats bias) {}
