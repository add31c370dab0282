package io.freshet.kernel.cpu.host;

import io.freshet.kernel.Floats;
import java.util.Arrays;

/** A block of float32 values on the heap: a range of an array. */
public final class HostFloats implements Floats {
    /** Values of this block and, before and behind it, of others, at least {@code [start + length]}. */
    public final float[] array;

    /** Place of this block's first value in {@link #array}. */
    public final int start;

    private final int length;

    /** A block of {@code length} values of an array from {@code start} on; nothing is copied. */
    public HostFloats(float[] array, int start, int length) {
        this.array = array;
        this.start = start;
        this.length = length;
    }

    /**
     * A block as what it is here.
     *
     * @param floats {@code [length]}
     * @return the block itself, {@code [length]}
     *
     * @throws IllegalArgumentException if it is memory of another device
     */
    public static HostFloats of(Floats floats) {
        if (floats instanceof HostFloats host) {
            return host;
        }
        throw new IllegalArgumentException(
                "memory of another device: " + floats.getClass().getName());
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public Floats slice(int offset, int count) {
        check(offset, count);
        return new HostFloats(array, start + offset, count);
    }

    @Override
    public void upload(float[] source, int sourceOffset, int offset, int count) {
        check(offset, count);
        System.arraycopy(source, sourceOffset, array, start + offset, count);
    }

    @Override
    public void download(int offset, float[] target, int targetOffset, int count) {
        check(offset, count);
        System.arraycopy(array, start + offset, target, targetOffset, count);
    }

    @Override
    public void fill(int offset, int count, float value) {
        check(offset, count);
        Arrays.fill(array, start + offset, start + offset + count, value);
    }

    private void check(int offset, int count) {
        if (offset < 0 || count < 0 || offset > length - count) {
            throw new IndexOutOfBoundsException(
                    "values " + offset + " to " + (offset + count) + " of a block of " + length);
        }
    }
}
