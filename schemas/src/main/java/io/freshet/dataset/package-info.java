/** Readers of public data sets, as streams of behaviour events in the order in which they happened. */
@org.jspecify.annotations.NullMarked
package io.freshet.dataset;
