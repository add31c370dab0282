package io.freshet.store.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A record in the making: big-endian, growing. Not for several threads. */
public final class BytesWriter {
    /** The record, {@code [size]}, with room behind it. */
    private byte[] bytes;

    /** {@link #bytes} with the place behind the record, {@code [bytes.length]}. */
    private ByteBuffer buffer;

    public BytesWriter(int capacity) {
        bytes = new byte[capacity];
        buffer = ByteBuffer.wrap(bytes);
    }

    /** Begins a new record with the room of the last one. */
    public void clear() {
        buffer.clear();
    }

    private ByteBuffer room(int more) {
        if (buffer.remaining() < more) {
            int at = buffer.position();
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(at, more)));
            buffer = ByteBuffer.wrap(bytes).position(at);
        }
        return buffer;
    }

    public void putByte(int value) {
        room(1).put((byte) value);
    }

    public void putShort(int value) {
        room(2).putShort((short) value);
    }

    public void putInt(int value) {
        room(4).putInt(value);
    }

    public void putLong(long value) {
        room(8).putLong(value);
    }

    public void putFloat(float value) {
        room(4).putFloat(value);
    }

    public void putDouble(double value) {
        room(8).putDouble(value);
    }

    /** Writes {@code value [length]} as {@code i32 length | bytes}. */
    public void putBytes(byte[] value) {
        putInt(value.length);
        room(value.length).put(value);
    }

    /** {@code i32 bytes | UTF-8}. */
    public void putText(String text) {
        putBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes {@code values [count]}, from {@code from} on, without their count. */
    public void putFloats(float[] values, int from, int count) {
        ByteBuffer to = room(4 * count);
        to.asFloatBuffer().put(values, from, count);
        to.position(to.position() + 4 * count);
    }

    /** Number of bytes so far. */
    public int size() {
        return buffer.position();
    }

    /** The array behind the record, {@code [size]} with room behind it; valid until the next call. */
    public byte[] array() {
        return bytes;
    }

    /** The record, {@code [size]}, copied. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, buffer.position());
    }
}
