/**
 * Commands that run the learner job on this machine, and the one that learns a log again to compare the bits.
 *
 * <p>A <em>bounded</em> run ends when it has learned what the log had at its start. An <em>audit</em> learns the log
 * behind a snapshot again and compares digests.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.learn;
