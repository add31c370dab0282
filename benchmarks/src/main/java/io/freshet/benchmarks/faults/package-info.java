/** The whole system as real processes on loopback, disturbed at random moments, and what must hold afterwards. */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.faults;
