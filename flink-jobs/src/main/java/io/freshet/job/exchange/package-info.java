/**
 * How the learners of one job find each other, and what carries their exchange: a rendezvous at the job's coordinator,
 * then a connection between every two of them.
 *
 * <p>A <em>peer</em> is another learner of the job; a <em>round</em> is what all of them send and receive at one call;
 * the <em>reception</em> is the port where peers come in; a <em>group</em> is the secret of one start of the job's
 * learners, by which a <em>handshake</em> knows them.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.exchange;
