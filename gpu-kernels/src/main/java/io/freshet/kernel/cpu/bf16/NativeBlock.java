package io.freshet.kernel.cpu.bf16;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.jspecify.annotations.Nullable;

/**
 * Native memory that oneDNN reads and writes, with copies from and to the heap. It grows and is freed by its owner
 * alone; the collector has no part in it.
 */
final class NativeBlock implements AutoCloseable {
    /** Blocks start at cache lines. */
    private static final int LINE = 64;

    private @Nullable Pointer memory;
    private Pointer bytes = new Pointer();
    private ShortPointer shorts = new ShortPointer();
    private FloatPointer floats = new FloatPointer();
    private long room;
    private long first;
    /** Values in bf16 before they are copied in, {@code [rows, padded]}. */
    private short[] rounded = new short[0];

    /**
     * A matrix of a product: a block from one of its values on.
     *
     * @param block the memory, {@code [at + rows * columns]} values or more
     * @param at place of the first value, counted in values of the matrix's own type
     */
    record Operand(NativeBlock block, int at) {
        /** The address of the first value, two bytes each. */
        Pointer bf16() {
            return block.at((long) at * Short.BYTES);
        }

        /** The address of the first value, four bytes each. */
        Pointer float32() {
            return block.at((long) at * Float.BYTES);
        }
    }

    /** The block from value {@code at} on, as an operand of a product. */
    Operand from(int at) {
        return new Operand(this, at);
    }

    /** Makes room for {@code count} bytes; what was in the block is lost if it has to grow. */
    void reserve(long count) {
        if (count <= room) {
            return;
        }
        close();
        Pointer fresh = Pointer.malloc(count + LINE);
        if (fresh == null || fresh.isNull()) {
            throw new OutOfMemoryError("no native memory for " + count + " bytes of bf16 operands");
        }
        memory = fresh;
        bytes = new Pointer(fresh);
        shorts = new ShortPointer(fresh);
        floats = new FloatPointer(fresh);
        first = LINE - fresh.address() % LINE;
        room = count;
    }

    /** The address of a byte, valid until the next call. */
    Pointer at(long offset) {
        return bytes.position(first + offset);
    }

    /**
     * Rounds {@code from [rows, width]} to bf16 and lays the rows down one after the other from value {@code at}, each
     * filled up to {@code padded} with zeros.
     */
    void round(int rows, int width, float[] from, int start, int stride, int padded, int at) {
        if (rows == 0) {
            return;
        }
        if (rounded.length < rows * padded) {
            rounded = new short[rows * padded];
        }
        if (width == stride && width == padded) {
            Bf16.round(rows * width, from, start, rounded, 0);
        } else {
            for (int r = 0; r < rows; r++) {
                Bf16.round(width, from, start + r * stride, rounded, r * padded);
                Arrays.fill(rounded, r * padded + width, (r + 1) * padded, (short) 0);
            }
        }
        shorts.position(first / Short.BYTES + at).put(rounded, 0, rows * padded);
    }

    /** Sets {@code count} bf16 values from value {@code at} to zero. */
    void zero(int at, int count) {
        if (count > 0) {
            Pointer.memset(at((long) at * Short.BYTES), 0, (long) count * Short.BYTES);
        }
    }

    /** Copies float32 values in, {@code from [count]}. */
    void put(float[] from, int start, int count) {
        floats.position(first / Float.BYTES).put(from, start, count);
    }

    /** Copies float32 values out, from value {@code at}, {@code to [count]}. */
    void get(int at, float[] to, int start, int count) {
        floats.position(first / Float.BYTES + at).get(to, start, count);
    }

    @Override
    public void close() {
        if (memory != null) {
            Pointer.free(memory);
            memory = null;
            bytes = new Pointer();
            shorts = new ShortPointer();
            floats = new FloatPointer();
            room = 0;
        }
    }
}
