package io.freshet.kernel;

/**
 * What {@link Kernels#softmax} writes.
 *
 * @param loss {@code -log p(target)} per row, {@code [M]}
 * @param ranks candidates of each row that score above the target, plus those that score the same and come before it
 *     in candidate order, {@code [M]}; candidates with a rank bias of negative infinity do not count
 * @param dY gradient of the queries, {@code [M, D]}, overwritten
 * @param dE gradient of the candidates, {@code [C, D]}, added to
 * @param dBias gradient of the candidates' bias, {@code [C]}, added to
 */
public record SoftmaxOutput(Floats loss, Ints ranks, Floats dY, Floats dE, Floats dBias) {}
