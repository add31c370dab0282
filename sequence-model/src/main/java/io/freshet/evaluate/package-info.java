/**
 * Evaluation of models by the field's protocols, always by full ranking. Here is what the protocols share: the metrics,
 * an event of a stream and who ranks it, and the training of an encoder by AdamW alone. {@code epochs} has the
 * protocols on a split of users' sequences, {@code stream} those on a stream of events, {@code baselines} the
 * recommenders of the literature.
 *
 * <p>A <em>target</em> is an interaction that is ranked among all items before anybody learns from it; its
 * <em>rank</em> is the number of items that score above it, 0 is best, -1 says that the ranker does not know the item.
 * Shapes are in the symbols of {@code io.freshet.model}.
 */
@NullMarked
package io.freshet.evaluate;

import org.jspecify.annotations.NullMarked;
