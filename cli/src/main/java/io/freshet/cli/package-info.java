/** The {@code freshet} command: {@link io.freshet.cli.Freshet} and those of its subcommands that stand alone. */
@org.jspecify.annotations.NullMarked
package io.freshet.cli;
