/**
 * Benchmarks: kernels against the machine's bounds, and whole training steps beside a peer.
 *
 * <p>A kernel's <em>bound</em> is the time that the machine's arithmetic or its memory takes at least; a <em>peer</em>
 * is a library that does the same, measured in the same run.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.benchmarks;
