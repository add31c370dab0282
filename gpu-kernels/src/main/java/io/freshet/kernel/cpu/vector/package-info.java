/**
 * The operators on the JDK's Vector API (incubating): the scalar kernels with the loops replaced by blocks of
 * registers.
 *
 * <p>{@code L} is the number of float32 lanes of a vector here (16 with AVX-512). A <em>panel</em> is a matrix of a
 * constant width whose rows stand that width apart: {@code W = 4 L} columns in {@code Panels}, {@code W = 2 L} in
 * {@code NarrowPanels}; a matrix of other widths is copied into panels, with zeros behind its columns. A panel's
 * constant stride is what lets the JIT drop bounds checks.
 *
 * <p>Methods here have up to 79 lines and 13 parameters on purpose: sums must be local variables to stay in registers,
 * and a loop's body must be one method, or the JIT stops inlining and every vector becomes an object on the heap
 * (docs/decisions/0012-panels.md has the measurements). For the same reason rows and columns have twin methods instead
 * of a flag, and arguments of these innermost methods are numbers rather than records.
 */
@NullMarked
package io.freshet.kernel.cpu.vector;

import org.jspecify.annotations.NullMarked;
