/**
 * How the learners of one job find each other, and what carries their exchange: a rendezvous at the job's coordinator,
 * then a connection between every two of them.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.exchange;
