package io.freshet.kernel;

/** A block of int32 values (indices, offsets) in a device's memory; the integer twin of {@link Floats}. */
public interface Ints {
    /** Number of values. */
    int length();

    /** Copies {@code source [count]}, from {@code sourceOffset} on, to position {@code offset} of this block. */
    void upload(int[] source, int sourceOffset, int offset, int count);

    /** Copies from position {@code offset} of this block to {@code target [count]}, from {@code targetOffset} on. */
    void download(int offset, int[] target, int targetOffset, int count);
}
