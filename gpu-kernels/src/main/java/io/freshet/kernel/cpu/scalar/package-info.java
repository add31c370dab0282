/**
 * The operators in plain Java: the specification that other devices are compared with.
 *
 * <p>An operator is cut in two: its order of work, such as {@code Attention} or {@code Softmax}, which every CPU device
 * shares, and <em>arithmetic</em>, the innermost loops ({@link io.freshet.kernel.cpu.scalar.ScalarArithmetic}), which
 * a faster device replaces. A <em>tile</em> is the part of an operator's rows that is worked on at once, small enough
 * for a cache; a <em>scratch</em> is memory of one set of kernels that means nothing between calls.
 */
@NullMarked
package io.freshet.kernel.cpu.scalar;

import org.jspecify.annotations.NullMarked;
