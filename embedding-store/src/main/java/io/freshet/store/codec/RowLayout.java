package io.freshet.store.codec;

import io.freshet.store.ItemRow;
import io.freshet.store.OptimizerState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Bytes of an embedding row and of an optimizer state, big-endian.
 *
 * <pre>
 * row = i64 item | text name | i64 ordinal | f32 frequency | f32 recent frequency | i64 last tick | i32 width | f32 ...
 * optimizer state = f32 second moment | i64 last step
 * </pre>
 */
public final class RowLayout {
    private RowLayout() {}

    /** Writes a row. */
    public static void write(BytesWriter out, ItemRow row) {
        out.putLong(row.item());
        out.putText(row.name());
        out.putLong(row.ordinal());
        out.putFloat(row.frequency());
        out.putFloat(row.recentFrequency());
        out.putLong(row.lastTick());
        writeFloats(out, row.embedding());
    }

    /** Reads a row from {@code in [bytes]}. */
    public static ItemRow read(ByteBuffer in) {
        return new ItemRow(
                in.getLong(), readText(in), in.getLong(), in.getFloat(), in.getFloat(), in.getLong(), readFloats(in));
    }

    /** A row as {@code [bytes]}. */
    public static byte[] toBytes(ItemRow row) {
        BytesWriter out = new BytesWriter(64 + 4 * row.embedding().length);
        write(out, row);
        return out.toBytes();
    }

    /** A row from {@code bytes [bytes]}. */
    public static ItemRow rowFrom(byte[] bytes) {
        return read(ByteBuffer.wrap(bytes));
    }

    /** An optimizer state as {@code [12]} bytes. */
    public static byte[] toBytes(OptimizerState optimizerState) {
        return ByteBuffer.allocate(12)
                .putFloat(optimizerState.secondMoment())
                .putLong(optimizerState.lastStep())
                .array();
    }

    /** An optimizer state from {@code bytes [12]}. */
    public static OptimizerState optimizerStateFrom(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new OptimizerState(in.getFloat(), in.getLong());
    }

    /** Reads {@code i32 bytes | UTF-8} from {@code in [bytes]}. */
    public static String readText(ByteBuffer in) {
        byte[] utf8 = new byte[bounded(in.getInt(), in.remaining())];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** Writes {@code values [n]} as {@code i32 n | n * f32}. */
    public static void writeFloats(BytesWriter out, float[] values) {
        out.putInt(values.length);
        out.putFloats(values, 0, values.length);
    }

    /** Reads {@code i32 n | n * f32} from {@code in [bytes]}; gives {@code [n]}. */
    public static float[] readFloats(ByteBuffer in) {
        int count = in.getInt();
        bounded(count * 4L, in.remaining());
        float[] values = new float[count];
        in.slice().asFloatBuffer().get(values);
        in.position(in.position() + 4 * count);
        return values;
    }

    /** {@code values [n]}, big-endian, without a count: {@code [4 * n]} bytes. */
    public static byte[] toBytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    /** Floats, {@code [n]}, from {@code bytes [4 * n]} without a count. */
    public static float[] floatsFrom(byte[] bytes) {
        float[] values = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
        return values;
    }

    /**
     * A length that was read, if so many bytes are left.
     *
     * @throws IllegalArgumentException if it is negative or beyond what is left
     */
    public static int bounded(long bytes, int left) {
        if (bytes < 0 || bytes > left) {
            throw new IllegalArgumentException("a length of " + bytes + " bytes where " + left + " are left");
        }
        return (int) bytes;
    }
}
