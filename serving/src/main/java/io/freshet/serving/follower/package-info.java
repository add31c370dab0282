/**
 * Following a learner: a store of one's own is kept equal to the learner's from its snapshots and its change feed, and
 * the engine at the store's last tick. The <em>core</em> decides, one <em>step</em> at a time, and reaches the world
 * through <em>ports</em>: the feed, the stores, the engine, the clock. The <em>shell</em> is a thread with Kafka and
 * RocksDB behind the ports.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.serving.follower;
