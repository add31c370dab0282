/** A long log with a hot partition, read from its beginning: what stays bounded while a learner catches up. */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks.catchup;
