/** What a command that runs for long says while it runs: one plain line every five seconds, and each problem once. */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.progress;
