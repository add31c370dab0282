package io.freshet.train.exchange;

import io.freshet.kernel.Floats;
import io.freshet.store.BytesWriter;

/** Builds what a learner gives in a round; big-endian. Reused from round to round. */
public final class MessageWriter {
    private final BytesWriter out = new BytesWriter(1 << 12);
    private float[] host = new float[0];

    public MessageWriter clear() {
        out.clear();
        return this;
    }

    public void putByte(int value) {
        out.putByte(value);
    }

    public void putInt(int value) {
        out.putInt(value);
    }

    public void putLong(long value) {
        out.putLong(value);
    }

    public void putFloat(float value) {
        out.putFloat(value);
    }

    public void putDouble(double value) {
        out.putDouble(value);
    }

    /** {@code i32 length | bytes}. */
    public void putBytes(byte[] value) {
        out.putBytes(value);
    }

    public void putFloats(float[] values, int from, int count) {
        out.putFloats(values, from, count);
    }

    public void putFloats(Floats values, int from, int count) {
        if (host.length < count) {
            host = new float[2 * count];
        }
        values.download(from, host, 0, count);
        putFloats(host, 0, count);
    }

    /** Writes values that are bfloat16: the upper 16 bits of each. */
    public void putBfloat16(float[] values, int from, int count) {
        for (int i = from; i < from + count; i++) {
            out.putShort(Float.floatToRawIntBits(values[i]) >>> 16);
        }
    }

    public byte[] toBytes() {
        return out.toBytes();
    }
}
