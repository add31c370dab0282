/**
 * The whole path in one process: broker, job, scorer, a data set sent through them, and what a person sees of it.
 *
 * <p><em>Event to served</em> is the time from sending an event to the first scored version that holds it.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.demo;
