/**
 * Finding the best items of a query: every item scored beside int8 with bounds, on made and on learned rows.
 *
 * <p><em>Scored</em> items are those whose exact score was needed, since their int8 bound did not rule them out.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.scan;
