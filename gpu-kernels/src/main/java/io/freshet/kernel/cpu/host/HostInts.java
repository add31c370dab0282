package io.freshet.kernel.cpu.host;

import io.freshet.kernel.Ints;

/** A block of int32 values on the heap. */
public final class HostInts implements Ints {
    /** The values, {@code [length]}. */
    private final int[] array;

    /** A block of zeros. */
    public HostInts(int length) {
        array = new int[length];
    }

    /**
     * The values, {@code [length]}, of the block {@code ints [length]}, not copied.
     *
     * @throws IllegalArgumentException if it is memory of another device
     */
    public static int[] of(Ints ints) {
        if (ints instanceof HostInts host) {
            return host.array;
        }
        throw new IllegalArgumentException(
                "memory of another device: " + ints.getClass().getName());
    }

    @Override
    public int length() {
        return array.length;
    }

    @Override
    public void upload(int[] source, int sourceOffset, int offset, int count) {
        System.arraycopy(source, sourceOffset, array, offset, count);
    }

    @Override
    public void download(int offset, int[] target, int targetOffset, int count) {
        System.arraycopy(array, offset, target, targetOffset, count);
    }
}
