/**
 * Snapshots of the state as immutable files in a repository, on any file system: a manifest per snapshot lists the
 * files of every lane, files that several snapshots share are stored once, learners upload the lanes that they hold,
 * and a snapshot exists for others only when it was committed.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.store.snapshot;
