/**
 * Readers of public data sets, as streams of behaviour events in the order in which they happened.
 *
 * <p>A <em>row</em> is a line of a file as its format's columns; one that cannot be read is <em>malformed</em>, and one
 * that the data set's rules leave out is counted apart from those.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.dataset;
