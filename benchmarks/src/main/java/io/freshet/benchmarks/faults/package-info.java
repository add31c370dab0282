/**
 * The whole system as real processes on loopback: killed, paused, cut off and rescaled, and what must hold afterwards.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.faults;
