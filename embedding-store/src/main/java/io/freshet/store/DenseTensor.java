package io.freshet.store;

/** A named dense tensor, whole: {@code values [n]}, however it is shaped. */
public record DenseTensor(String name, float[] values) {}
