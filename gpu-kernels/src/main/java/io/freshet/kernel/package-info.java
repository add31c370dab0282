/**
 * The waist of the engine: the operators that the sequence model is made of, and the devices that run them.
 *
 * <p>Above this package nobody says CUDA, stream, block or pointer; below it nobody says user, item or Flink.
 *
 * <p>Letters used for shapes, here and in the model: {@code B} sequences of a micro-batch, {@code T} the sum of their
 * lengths (jagged: sequences lie one behind the other and are never padded), {@code D} model width, {@code H} heads,
 * {@code C} candidates of a softmax, {@code M} supervised positions, {@code V} items in the catalogue. All matrices are
 * row-major, {@code [rows, columns]}.
 */
@NullMarked
package io.freshet.kernel;

import org.jspecify.annotations.NullMarked;
