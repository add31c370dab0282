package io.freshet.train.exchange;

import io.freshet.kernel.Floats;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** Reads what {@link MessageWriter} wrote, in the same order. */
public final class MessageReader {
    /** The message, {@code [bytes]}, up to its limit. */
    private final ByteBuffer buffer;

    private final int learner;
    /** A run of a block on the host, {@code [count]}. */
    private float[] host = new float[0];

    /**
     * @param bytes the message, {@code [bytes]}
     * @param learner who gave it, for errors
     */
    public MessageReader(byte[] bytes, int learner) {
        buffer = ByteBuffer.wrap(bytes);
        this.learner = learner;
    }

    /** Readers, {@code [K]}, of what every learner gave, {@code messages [K, bytes]}. */
    public static MessageReader[] of(byte[][] messages) {
        MessageReader[] readers = new MessageReader[messages.length];
        for (int k = 0; k < messages.length; k++) {
            readers[k] = new MessageReader(messages[k], k);
        }
        return readers;
    }

    private IllegalStateException cutShort(BufferUnderflowException e) {
        return new IllegalStateException(
                "what learner " + learner + " gave ends after " + buffer.limit()
                        + " bytes, where more is expected: the learners do not work on the same step",
                e);
    }

    /** An unsigned byte. */
    public int getByte() {
        try {
            return buffer.get() & 0xff;
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    /** Reads an i32. */
    public int getInt() {
        try {
            return buffer.getInt();
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    /** Reads an i64. */
    public long getLong() {
        try {
            return buffer.getLong();
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    /** Reads a float32. */
    public float getFloat() {
        return Float.intBitsToFloat(getInt());
    }

    /** Reads a float64. */
    public double getDouble() {
        return Double.longBitsToDouble(getLong());
    }

    /** Reads {@code i32 length | bytes}; gives {@code [length]}. */
    public byte[] getBytes() {
        byte[] value = new byte[getInt()];
        try {
            buffer.get(value);
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
        return value;
    }

    /** Reads float32 values into {@code to [count]}, from {@code from} on. */
    public void getFloats(float[] to, int from, int count) {
        try {
            buffer.asFloatBuffer().get(to, from, count);
            buffer.position(buffer.position() + 4 * count);
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    /** Reads bfloat16 values into {@code to [count]}, from {@code from} on. */
    public void getBfloat16(float[] to, int from, int count) {
        try {
            for (int i = from; i < from + count; i++) {
                to[i] = Float.intBitsToFloat(buffer.getShort() << 16);
            }
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    /** Reads float32 values into a block, {@code to [count]}, from an index on. */
    public void getFloats(Floats to, int from, int count) {
        if (host.length < count) {
            host = new float[count];
        }
        getFloats(host, 0, count);
        to.upload(host, 0, from, count);
    }
}
