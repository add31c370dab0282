package io.freshet.train;

import io.freshet.kernel.Floats;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Builds what a learner gives in a round; big-endian. Reused from round to round. */
final class MessageWriter {
    private byte[] bytes = new byte[1 << 12];
    private ByteBuffer buffer = ByteBuffer.wrap(bytes);
    private float[] host = new float[0];

    MessageWriter clear() {
        buffer.clear();
        return this;
    }

    private ByteBuffer room(int more) {
        if (buffer.remaining() < more) {
            int at = buffer.position();
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, at + more));
            buffer = ByteBuffer.wrap(bytes).position(at);
        }
        return buffer;
    }

    void putByte(int value) {
        room(1).put((byte) value);
    }

    void putInt(int value) {
        room(4).putInt(value);
    }

    void putLong(long value) {
        room(8).putLong(value);
    }

    void putFloat(float value) {
        room(4).putFloat(value);
    }

    void putDouble(double value) {
        room(8).putDouble(value);
    }

    /** {@code i32 length | bytes}. */
    void putBytes(byte[] value) {
        putInt(value.length);
        room(value.length).put(value);
    }

    void putFloats(float[] values, int from, int count) {
        ByteBuffer to = room(4 * count);
        to.asFloatBuffer().put(values, from, count);
        to.position(to.position() + 4 * count);
    }

    void putFloats(Floats values, int from, int count) {
        if (host.length < count) {
            host = new float[2 * count];
        }
        values.download(from, host, 0, count);
        putFloats(host, 0, count);
    }

    /** The upper halves of values that are bfloat16. */
    void putHalves(float[] values, int from, int count) {
        ByteBuffer to = room(2 * count);
        for (int i = from; i < from + count; i++) {
            to.putShort((short) (Float.floatToRawIntBits(values[i]) >>> 16));
        }
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, buffer.position());
    }
}
