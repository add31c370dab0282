/**
 * What is kept of items: who they are and how popular, and their embeddings on a device.
 *
 * <p>One item has five coordinates, and a variable is called by the one that it holds:
 *
 * <pre>
 * item       i64  hashed id; the same everywhere and for ever
 * ordinal    i64  number in order of admission to the state; kept as long as the item is, never given again
 * itemIndex  i32  place among the items at hand in order of ordinals, 0 to V - 1, as in {@link
 *                 io.freshet.model.items.ItemDirectory}: a function of the set of items alone, it falls when an item
 *                 that was admitted before is removed
 * shardRow   i32  row of an item in the matrix of the one lane (shard) that keeps its embedding, 0 to V_shard - 1
 * batchRow   i32  row among the distinct items that the sequences of one step name, whose embeddings it gathers
 * </pre>
 *
 * A scorer has all items in one matrix, so that its rows are item indices; the learner has one matrix a shard. Where
 * something does not exist, its coordinate is negative. An item's <em>popularity</em> is a count of interactions that
 * wanted it, which decays by half in a half-life; its <em>recent</em> popularity has a shorter one. A <em>tick</em> is
 * the unit of that time.
 */
@NullMarked
package io.freshet.model.items;

import org.jspecify.annotations.NullMarked;
