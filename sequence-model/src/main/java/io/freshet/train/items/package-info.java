/**
 * The catalogue as training holds it: every learner has the directory of all items, and of the lanes that it owns the
 * rows, their optimizer state and the co-occurrences. A <em>shard</em> is one lane's items; {@code itemIndex} and
 * {@code shardRow} are as {@code io.freshet.train} defines them.
 */
@NullMarked
package io.freshet.train.items;

import org.jspecify.annotations.NullMarked;
