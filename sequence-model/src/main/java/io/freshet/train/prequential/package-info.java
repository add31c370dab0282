/**
 * Test, then train: metrics of the model and of the baselines in the same pass over the log. A <em>baseline</em> is a
 * ranking by counts alone. An item's {@code itemIndex} is its place in the caller's list of items; its
 * <em>successors</em> are the items that came right behind it in somebody's history. A <em>place</em>
 * in an order or a list counts from 0; a <em>rank</em> is the number of items that stand before an item.
 */
@NullMarked
package io.freshet.train.prequential;

import org.jspecify.annotations.NullMarked;
