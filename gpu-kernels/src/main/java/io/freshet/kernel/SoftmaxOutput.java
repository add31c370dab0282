package io.freshet.kernel;

/**
 * What {@link Kernels#softmax} writes.
 *
 * @param loss {@code -log p(target)} per row, {@code [M]}
 * @param dY gradient of the queries, {@code [M, D]}, overwritten
 * @param dE gradient of the candidates, {@code [C, D]}, added to
 * @param dBias gradient of the candidates' bias, {@code [C]}, added to
 * @param dTerms gradient of the sparse terms, one per term, overwritten
 */
public record SoftmaxOutput(Floats loss, Floats dY, Floats dE, Floats dBias, Floats dTerms) {}
