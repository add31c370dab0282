/**
 * The learner, as its callers see it: it learns from a log tick by tick. {@code train.tick} has what a tick brings,
 * {@code train.items} the catalogue, {@code train.loss} a step's loss over the items, {@code train.step} the optimizer
 * step, {@code train.prequential} the baselines and metrics, {@code train.exchange} what learners of one job tell each
 * other. Serving imports none of them.
 *
 * <p>Words that all of these packages use:
 *
 * <ul>
 *   <li><em>tick</em>: a run of the log that is learned from at once and applied to the store as one change set.
 *   <li><em>lane</em>: a fixed part of users and items, by the hash of their ids; <em>shard</em>: a lane's items.
 *   <li><em>step</em>: one move of rows and weights; a tick has as many as its fullest lane has micro-batches.
 *   <li><em>position</em>: a supervised row of a step, with one target; numbered over all lanes, in lane order.
 *   <li><em>candidate</em>: an item in a position's softmax; <em>input</em>: an item that a lane's sequences read.
 * </ul>
 *
 * <p>An item's coordinates, {@code ordinal}, {@code itemIndex}, {@code shardRow} and {@code batchRow}, are those of
 * {@link io.freshet.model.items}. Of a shard's batch rows candidates come first.
 *
 * <p>Sizes in shapes, the same in all of these packages:
 *
 * <pre>
 * L   lanes, and as many shards          V   items in the directory
 * K   learners of the job                Vs  items of one shard
 * T   tokens (rows) of a micro-batch     R   batch rows of one shard in a step
 * M   positions of a step, all lanes     C   candidates of one shard in a step, C &lt;= R
 * Ml  positions of one lane              I   inputs of one lane in a step
 * D   width of an embedding              P   dense weights, the logit weights included
 * B   logit weights (LogitBiases.COUNT)
 * G   lags and their like, LogitBiases.LAG_WEIGHTS
 * </pre>
 *
 * Buffers grow with room to spare: a shape is the part in use, from the beginning. Times are ms since the epoch.
 */
@NullMarked
package io.freshet.train;

import org.jspecify.annotations.NullMarked;
