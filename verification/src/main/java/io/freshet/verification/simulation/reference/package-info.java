/**
 * The undisturbed learner, which every disturbed one must equal in its bits, and the smallest model for both.
 *
 * <p>The <em>reference</em> is one learner that reads the whole log once, in order, with nothing done to it.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.simulation.reference;
