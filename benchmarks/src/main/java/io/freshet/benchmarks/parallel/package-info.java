/**
 * Several learners of one job in one process, over loopback sockets: throughput, bytes on the wire, balance.
 *
 * <p><em>Idle</em> is the share of the threads' time in which one waits for those whose lanes have more work.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.parallel;
