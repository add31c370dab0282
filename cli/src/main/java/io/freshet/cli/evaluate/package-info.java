/**
 * The command that evaluates models offline, its options, and its reports. A <em>variant</em> is a learner whose
 * settings differ from the default's in one named way; a <em>period</em> is a stretch of the stream that has figures of
 * its own.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.evaluate;
