/**
 * What planted bugs and strangers make of the product's bytes and digests.
 *
 * <p>A <em>forged</em> frame has the shape of a learner's and says something else; a <em>wrong cut</em> has another
 * digest than what it holds.
 */
@NullMarked
package io.freshet.verification.simulation.forgery;

import org.jspecify.annotations.NullMarked;
