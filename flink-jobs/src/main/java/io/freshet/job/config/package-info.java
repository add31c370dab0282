/** The job's configuration: its keys, their sources in order of precedence, and the record that all others read. */
@org.jspecify.annotations.NullMarked
package io.freshet.job.config;
