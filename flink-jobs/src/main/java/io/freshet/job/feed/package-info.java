/** The change feed on Kafka: how the learner that leads publishes it, and how the job itself reads it again. */
@org.jspecify.annotations.NullMarked
package io.freshet.job.feed;
