/**
 * The simulated log: the <em>script</em> of what producers write, its generator, the topic that it is written into, and
 * the clock's rule in its plainest form.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.simulation.log;
