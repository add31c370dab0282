/** Finding the best items of a query: every item scored beside int8 with bounds, on made and on learned rows. */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.scan;
