/**
 * The whole system as real processes on loopback: killed, paused, cut off and rescaled, and what must hold afterwards.
 * A <em>plan</em> says which fault comes when, a <em>run</em> carries it out on the <em>system under test</em>, and its
 * <em>outcome</em> goes into the report.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.faults;
