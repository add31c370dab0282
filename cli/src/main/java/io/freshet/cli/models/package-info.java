/**
 * Commands about what was learned: the snapshots of a repository, their tags, what differs between two, the way back to
 * one, and the rows of the newest.
 *
 * <p>To <em>roll back</em> is to make the next learner begin from an older snapshot; those behind it are set aside, not
 * deleted.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.models;
