/** The undisturbed learner, which every disturbed one must equal in its bits, and the smallest model for both. */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.simulation.reference;
