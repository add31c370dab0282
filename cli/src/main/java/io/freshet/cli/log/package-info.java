/**
 * Kafka as commands reach it: the brokers with the settings that every client gets, the topics that commands make, and
 * how far a learner is behind the end of its log.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.log;
