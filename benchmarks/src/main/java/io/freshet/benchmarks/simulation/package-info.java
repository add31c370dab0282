/**
 * A deterministic simulation of source, tick clock, learners, checkpoints, change feed and followers: one seed, one
 * schedule. What the product can run without Flink, Kafka and RocksDB is the product's own code; what it cannot is
 * modelled here, as actors that take turns. See {@code docs/simulation.md}.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.simulation;
