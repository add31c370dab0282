/** The {@code freshet} command. */
@org.jspecify.annotations.NullMarked
package io.freshet.cli;
