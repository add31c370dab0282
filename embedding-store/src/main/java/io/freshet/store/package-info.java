/**
 * Where the learned state lives: embedding rows, their optimizer states, user histories and dense weights.
 *
 * <p>A <em>row</em> is what serving reads of one item; its <em>optimizer state</em> is what only the optimizer reads. A
 * <em>history</em> is the ring of a user's last interactions. A <em>lane</em> is the unit of parallelism and owns a
 * contiguous range of <em>key groups</em>. A <em>tick</em> is one step of the log's clock; <em>changes</em> are what a
 * tick did to the state, and their digests, chained per lane, prove that two copies of the state went the same way.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.store;
