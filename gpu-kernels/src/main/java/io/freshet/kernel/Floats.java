package io.freshet.kernel;

/**
 * A block of float32 values in a device's memory.
 *
 * <p>Allocated once from a {@link Device} and reused; {@link #slice} gives a view without copying. Memory is released
 * with the device. Not thread-safe: one writer at a time.
 */
public interface Floats {
    /** Number of values in this block. */
    int length();

    /** A view of values from {@code offset}, {@code [length]}; shares memory with this block. */
    Floats slice(int offset, int length);

    /** Copies {@code source [count]}, from {@code sourceOffset} on, to position {@code offset} of this block. */
    void upload(float[] source, int sourceOffset, int offset, int count);

    /** Copies from position {@code offset} of this block to {@code target [count]}, from {@code targetOffset} on. */
    void download(int offset, float[] target, int targetOffset, int count);

    /** Sets {@code count} values from {@code offset} to {@code value}. */
    void fill(int offset, int count, float value);
}
