/**
 * Commands about what was learned: the snapshots of a repository, their tags, what differs between two, the way back to
 * one, and the rows of the newest.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.models;
