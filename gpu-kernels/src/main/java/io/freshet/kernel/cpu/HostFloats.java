package io.freshet.kernel.cpu;

import io.freshet.kernel.Floats;
import java.util.Arrays;

/** Float32 values on the heap: a range of an array. */
final class HostFloats implements Floats {
    final float[] array;
    final int start;
    private final int length;

    HostFloats(float[] array, int start, int length) {
        this.array = array;
        this.start = start;
        this.length = length;
    }

    static HostFloats of(Floats floats) {
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
