/**
 * The optimizer steps of a tick: every lane encodes its micro-batch to queries, the shards give their parts of one
 * loss, every lane computes gradients, and their sums in lane order move rows and dense weights. A lane is
 * <em>computed</em> by whoever has least to do and <em>owned</em> by a fixed learner; neither changes a bit. A
 * <em>slice</em> is the run of dense weights that a lane's owner sums gradients and keeps moments of. Symbols of shapes
 * are those of {@code io.freshet.train}.
 */
@NullMarked
package io.freshet.train.step;

import org.jspecify.annotations.NullMarked;
