/**
 * The job's configuration: its keys, their sources in order of precedence, and the record that all others read.
 *
 * <p>A <em>key</em> is a name below {@code freshet.} with its default and its meaning; its <em>origin</em> is where its
 * value came from: a flag, the environment, the file, or the default.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.config;
