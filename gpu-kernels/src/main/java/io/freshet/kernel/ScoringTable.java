package io.freshet.kernel;

/**
 * A catalogue of items with what makes a score of a product: item {@code v} scores {@code <y, row_v> * scale_v +
 * bias_v} (see {@link Kernels#countAbove} and {@link Kernels#topK}).
 *
 * @param items V; items from 0 are read
 * @param width D
 * @param rows {@code [V, D]}
 * @param scale {@code [V]}: inverse norm over temperature
 * @param bias {@code [V]}; negative infinity takes an item out
 */
public record ScoringTable(int items, int width, Floats rows, Floats scale, Floats bias) {}
