/**
 * The broker and the mini cluster of one machine: Kafka and Flink inside this JVM, on loopback ports and under a
 * working directory; and what such a process holds for a while and gives back at its end. Commands, benchmarks and
 * tests start them; nothing in here knows a command.
 *
 * <p>A <em>scratch directory</em> goes with the process that made it, however it ends.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.local;
