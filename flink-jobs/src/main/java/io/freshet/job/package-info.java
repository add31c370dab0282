/**
 * The Flink job that learns: a Kafka source, the tick clock, and the learner operator, whose checkpoints are snapshots
 * of the store. A <em>tick</em> is a step of the log's clock; a tick is closed when the watermark passes its end.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job;
