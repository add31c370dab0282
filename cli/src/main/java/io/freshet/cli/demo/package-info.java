/** The whole path in one process: broker, job, scorer, a data set sent through them, and what a person sees of it. */
@org.jspecify.annotations.NullMarked
package io.freshet.cli.demo;
