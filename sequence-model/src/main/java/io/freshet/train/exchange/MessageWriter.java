package io.freshet.train.exchange;

import io.freshet.kernel.Floats;
import io.freshet.store.codec.BytesWriter;

/** Builds what a learner gives in a round; big-endian. Reused from round to round. */
public final class MessageWriter {
    private final BytesWriter out = new BytesWriter(1 << 12);
    /** A run of a block on the host, {@code [count]}. */
    private float[] host = new float[0];

    /** Forgets what was written. */
    public MessageWriter clear() {
        out.clear();
        return this;
    }

    /** Writes the low 8 bits. */
    public void putByte(int value) {
        out.putByte(value);
    }

    /** Writes an i32. */
    public void putInt(int value) {
        out.putInt(value);
    }

    /** Writes an i64. */
    public void putLong(long value) {
        out.putLong(value);
    }

    /** Writes a float32. */
    public void putFloat(float value) {
        out.putFloat(value);
    }

    /** Writes a float64. */
    public void putDouble(double value) {
        out.putDouble(value);
    }

    /** Writes {@code value [length]} as {@code i32 length | bytes}. */
    public void putBytes(byte[] value) {
        out.putBytes(value);
    }

    /** Writes {@code values [count]}, from {@code from} on, as float32. */
    public void putFloats(float[] values, int from, int count) {
        out.putFloats(values, from, count);
    }

    /** Writes a run of a block, {@code values [count]}, as float32. */
    public void putFloats(Floats values, int from, int count) {
        if (host.length < count) {
            host = new float[2 * count];
        }
        values.download(from, host, 0, count);
        putFloats(host, 0, count);
    }

    /** Writes {@code values [count]} that are bfloat16: the upper 16 bits of each. */
    public void putBfloat16(float[] values, int from, int count) {
        for (int i = from; i < from + count; i++) {
            out.putShort(Float.floatToRawIntBits(values[i]) >>> 16);
        }
    }

    /** What was written, {@code [bytes]}, copied. */
    public byte[] toBytes() {
        return out.toBytes();
    }
}
