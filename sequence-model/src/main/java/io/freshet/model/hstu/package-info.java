/**
 * HSTU (Hierarchical Sequential Transduction Units, arXiv 2402.17152), the engine's encoder: its dense weights as one
 * block of {@code P} floats with a view for every tensor, and its forward and backward pass over a batch. Shapes are in
 * the symbols of {@code io.freshet.model}.
 */
@NullMarked
package io.freshet.model.hstu;

import org.jspecify.annotations.NullMarked;
