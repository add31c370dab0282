/**
 * Memory of the CPU devices: a {@code Floats} or {@code Ints} is a range of an array on the heap, and a catalogue's
 * int8 copy is blocks of bytes with the bounds of their errors.
 *
 * <p>A <em>start</em> is the place of a block's first value in its array, counted in values; a <em>stride</em> is the
 * distance of two rows that follow each other, in values too.
 */
@NullMarked
package io.freshet.kernel.cpu.host;

import org.jspecify.annotations.NullMarked;
