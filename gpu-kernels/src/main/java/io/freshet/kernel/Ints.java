package io.freshet.kernel;

/** A block of int32 values (indices, offsets) in a device's memory; the integer twin of {@link Floats}. */
public interface Ints {
    /** Number of values. */
    int length();

    /** Copies {@code count} values from {@code source[sourceOffset...]} to position {@code offset} of this block. */
    void upload(int[] source, int sourceOffset, int offset, int count);

    /** Copies {@code count} values from position {@code offset} of this block to {@code target[targetOffset...]}. */
    void download(int offset, int[] target, int targetOffset, int count);
}
