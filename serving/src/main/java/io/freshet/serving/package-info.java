/**
 * Scoring from the learned state. The <em>engine</em> answers queries from one consistent <em>version</em> (a tick of
 * the learner) at a time. A <em>follower</em> keeps its state up to date from snapshots and the change feed, in a
 * process of its own; an <em>embedded replica</em> does so inside the learner's process, from the learner's own store.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.serving;
