/**
 * What a command that runs for long says while it runs: one plain line every five seconds, and each problem once.
 *
 * <p>A <em>rate</em> is how fast a count rose since it was read last, not over the whole run.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.progress;
