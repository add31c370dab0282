/**
 * The loss of a step, sharded over the lanes' items: each shard has its <em>candidates</em>, their logits for all
 * positions and the maximum and sum of the exponentials, which are put together in lane order; then its part of ranks
 * and gradients. A <em>target</em> is the item that a position predicts; <em>draws</em> are negatives with repetitions.
 * Symbols of shapes ({@code M, C, R, D ...}) and coordinates ({@code itemIndex, shardRow, batchRow}) are those of
 * {@code io.freshet.train}.
 */
@NullMarked
package io.freshet.train.loss;

import org.jspecify.annotations.NullMarked;
