/**
 * The generative sequence model (HSTU family, arXiv 2402.17152): configuration, parameters, forward and backward, and
 * the scorer that serving uses.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.model;
