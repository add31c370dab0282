/**
 * Snapshots of the state as immutable files in a repository: a manifest per snapshot lists the files of every lane,
 * files
 * that several snapshots share are stored once, and a snapshot exists for others only when it was committed.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.store.snapshot;
