/**
 * A long log with a hot partition, read from its beginning: what stays bounded while a learner catches up.
 *
 * <p><em>Skew</em> is how many events the first partition gets for one of another.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.catchup;
