package io.freshet.store;

/** A named dense tensor, whole. */
public record DenseTensor(String name, float[] values) {}
