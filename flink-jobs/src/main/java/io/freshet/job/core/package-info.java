/**
 * What a learner does between the log and its feed, without Flink, Kafka or a disk: it holds the events of <em>open
 * ticks</em>, <em>closes</em> and learns them, publishes what changed, <em>cuts</em> a snapshot at a barrier and
 * <em>commits</em> it when its checkpoint is complete. {@link io.freshet.job.core.LearnerCore} is the machine,
 * {@link io.freshet.job.core.LearnerPorts} is all that it knows of the world.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.core;
