package io.freshet.kernel;

import java.util.function.IntPredicate;

/**
 * Arguments of {@link Kernels#topK(ScreenedTopK, TopItems)}: a question for the best items of one query.
 *
 * @param catalogue the items
 * @param quantized their rows, {@code [V, D]}, and scales as {@link QuantizedRows#put} was given them
 * @param y the query, {@code [D]}
 * @param terms added to single scores, in their order; of row 0, whose columns are items
 * @param excluded items that may not be among the best; asked only for items that would be
 */
public record ScreenedTopK(
        ScoringTable catalogue, QuantizedRows quantized, Floats y, SparseTerms terms, IntPredicate excluded) {}
