/**
 * Evaluation on users' sequences: leave-one-out and temporal splits, training in shuffled epochs until the validation
 * gets no better, and one test. An <em>epoch</em> is one pass over all sequences; a <em>split</em> says which
 * interactions are learned from, which validate and which are tested.
 */
@NullMarked
package io.freshet.evaluate.epochs;

import org.jspecify.annotations.NullMarked;
