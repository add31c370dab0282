package io.freshet.model.scoring;

/**
 * An item with its score.
 *
 * @param item hashed id
 * @param name id as the log has it
 * @param score logit; comparable inside one answer only
 */
public record ScoredItem(long item, String name, float score) {}
