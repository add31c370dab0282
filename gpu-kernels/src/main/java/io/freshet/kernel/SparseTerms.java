package io.freshet.kernel;

/**
 * Terms that are added to single scores of an {@code [M, C]} matrix that nobody keeps: those of row {@code i} are
 * {@code rowStart_i .. rowStart_(i+1) - 1}, with columns that do not fall; equal columns add up.
 *
 * @param rowStart {@code [M + 1]}
 * @param columns candidate, or item, of each term, {@code [rowStart_M]}
 * @param values the terms, {@code [rowStart_M]}
 */
public record SparseTerms(Ints rowStart, Ints columns, Floats values) {}
