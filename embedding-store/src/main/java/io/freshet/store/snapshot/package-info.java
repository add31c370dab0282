/**
 * Snapshots of the state as immutable files in a repository, on any file system: a manifest per snapshot lists the
 * files of every lane, files that several snapshots share are stored once, learners upload the lanes that they hold,
 * and a snapshot exists for others only when it was committed.
 *
 * <p>A <em>part</em> is what one learner uploaded of a snapshot, <em>pending</em> until all are there and the snapshot
 * is <em>committed</em>. An <em>object</em> is a stored file. An <em>incarnation</em> is the number of a learner's
 * start; a <em>lineage</em> is the order of snapshots by incarnation, then tick. A <em>tag</em> is a name that keeps a
 * snapshot.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.store.snapshot;
