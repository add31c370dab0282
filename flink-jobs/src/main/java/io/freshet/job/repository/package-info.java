/**
 * Where snapshots are kept: a directory of this machine, or any file system that Flink opens.
 *
 * <p>An <em>address</em> is a path, or a URI whose scheme says which of Flink's file systems opens it.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.repository;
