/**
 * The recommenders of the literature that the model is compared with on a stream: popularity, a Markov chain, nearest
 * neighbours of items and of sessions, and SASRec trained online. Items are numbered in order of first appearance.
 *
 * <p>A baseline is <em>trained online</em> as the model is: it is asked about an event before it learns it.
 */
@NullMarked
package io.freshet.evaluate.baselines;

import org.jspecify.annotations.NullMarked;
