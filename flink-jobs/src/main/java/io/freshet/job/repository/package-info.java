/** Where snapshots are kept: a directory of this machine, or any file system that Flink opens. */
@org.jspecify.annotations.NullMarked
package io.freshet.job.repository;
