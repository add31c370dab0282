/**
 * Scoring from the command line: the service that follows a learner, the one embedded in a learner, and the commands
 * that ask a running service.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.serve;
