/**
 * Learning from a stream, tick by tick: lanes, micro-batches, negatives, optimizers, guards, prequential metrics and
 * the baselines they are held against. Serving may not import this package.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.train;
