/** Benchmarks: kernels against the machine's bounds, and whole training steps beside a peer. */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks;
