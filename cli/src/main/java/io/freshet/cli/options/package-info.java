/**
 * What commands share: the options that more than one of them has, and what an <em>exit code</em> says. An option class
 * reads and checks its part of the command line; a command has it as a mixin.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.options;
