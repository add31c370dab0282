/**
 * The change feed on Kafka: how the learner that leads publishes it, and how the job itself reads it again.
 *
 * <p>What is published of a tick are its lanes' <em>parts</em>, then its <em>marker</em>; a tick without its marker was
 * not published.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.feed;
