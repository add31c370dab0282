/**
 * Kafka as commands reach it: the brokers with the settings that every client gets, the topics that commands make, and
 * how far a learner is behind the end of its log.
 *
 * <p>The <em>end</em> of a log is the first offset behind what can be read; <em>records behind</em> are those between a
 * learner's frontier and the end.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.log;
