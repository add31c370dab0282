package io.freshet.train;

import io.freshet.kernel.Floats;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** Reads what {@link MessageWriter} wrote, in the same order. */
final class MessageReader {
    private final ByteBuffer buffer;
    private final int learner;
    private float[] host = new float[0];

    /** @param learner who gave it, for errors */
    MessageReader(byte[] bytes, int learner) {
        buffer = ByteBuffer.wrap(bytes);
        this.learner = learner;
    }

    static MessageReader[] of(byte[][] messages) {
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
    int getByte() {
        try {
            return buffer.get() & 0xff;
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    int getInt() {
        try {
            return buffer.getInt();
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    long getLong() {
        try {
            return buffer.getLong();
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    float getFloat() {
        return Float.intBitsToFloat(getInt());
    }

    double getDouble() {
        return Double.longBitsToDouble(getLong());
    }

    byte[] getBytes() {
        byte[] value = new byte[getInt()];
        try {
            buffer.get(value);
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
        return value;
    }

    void getFloats(float[] to, int from, int count) {
        try {
            buffer.asFloatBuffer().get(to, from, count);
            buffer.position(buffer.position() + 4 * count);
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    /** Reads bfloat16 values. */
    void getHalves(float[] to, int from, int count) {
        try {
            for (int i = from; i < from + count; i++) {
                to[i] = Float.intBitsToFloat(buffer.getShort() << 16);
            }
        } catch (BufferUnderflowException e) {
            throw cutShort(e);
        }
    }

    void getFloats(Floats to, int from, int count) {
        if (host.length < count) {
            host = new float[count];
        }
        getFloats(host, 0, count);
        to.upload(host, 0, from, count);
    }
}
