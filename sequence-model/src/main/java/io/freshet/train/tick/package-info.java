/**
 * A tick before it is learned from: events in canonical order, grouped by user, without duplicates and collisions, and
 * cut into micro-batches. A user's <em>tokens</em> are interactions, history first; those behind it are <em>new</em>. A
 * <em>sequence</em> is a run of tokens that is learned from as one; a <em>micro-batch</em> is a list of sequences that
 * a lane computes in one step. Symbols of shapes are those of {@code io.freshet.train}.
 */
@NullMarked
package io.freshet.train.tick;

import org.jspecify.annotations.NullMarked;
