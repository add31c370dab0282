/** Several learners of one job in one process, over loopback sockets: throughput, bytes on the wire, balance. */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.parallel;
