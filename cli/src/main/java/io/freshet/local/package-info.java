/**
 * The broker and the mini cluster of one machine: Kafka and Flink inside this JVM, on loopback ports and under a
 * working directory. Commands, benchmarks and tests start them; nothing in here knows a command.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.local;
