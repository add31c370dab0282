/**
 * The sparse memory beside the network: which items have stood near which in users' histories, and what that adds to
 * the logits of items for one history.
 *
 * <p>Two items <em>co-occur</em> when they stand in one history at most {@code LAGS} places apart; the distance is the
 * <em>lag</em>. The <em>neighbours</em> of an item are the items that it co-occurred with, each with a count. A
 * <em>sparse term</em> is what one item gains or loses for one supervised row: a feature (of a count) times a weight
 * (of a lag). An item is <em>wanted</em>, <em>refused</em>, <em>hidden</em> or <em>passed over</em> by a user as
 * {@code ActionRules} has it. Shapes are in the symbols of {@code io.freshet.model}.
 */
@NullMarked
package io.freshet.model.cooccurrence;

import org.jspecify.annotations.NullMarked;
