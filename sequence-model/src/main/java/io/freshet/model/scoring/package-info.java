/**
 * The model as serving uses it: a copy of the learned state that follows the learner tick by tick, the query that it
 * makes of a user's history, and the scores and the best items that follow from the query. Shapes are in the symbols of
 * {@code io.freshet.model}.
 *
 * <p>A <em>query</em> is the vector that the encoder makes of a history; a <em>scan</em> scores every item against it.
 * <em>Aversion</em> is what an item loses for what its user refused or passed over.
 */
@NullMarked
package io.freshet.model.scoring;

import org.jspecify.annotations.NullMarked;
