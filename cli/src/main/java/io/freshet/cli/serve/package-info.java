/**
 * Scoring from the command line: the service that follows a learner, the one embedded in a learner, and the commands
 * that ask a running service.
 *
 * <p>A <em>following</em> scorer has a state of its own and keeps it equal to a learner's; an <em>embedded</em> one
 * reads that of the learner in its process.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.serve;
