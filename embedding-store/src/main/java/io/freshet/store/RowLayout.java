package io.freshet.store;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Bytes of an embedding row: {@code i64 item | text name | i32 ordinal | f32 frequency | f32 recent frequency | i64
 * last tick | i32 width |
 * f32
 * ...}, big-endian; and of a slot: {@code f32 second moment | i64 last step}.
 */
public final class RowLayout {
    private RowLayout() {}

    static void write(DataOutputStream out, ItemRow row) throws IOException {
        out.writeLong(row.item());
        writeText(out, row.name());
        out.writeInt(row.ordinal());
        out.writeFloat(row.frequency());
        out.writeFloat(row.recentFrequency());
        out.writeLong(row.lastTick());
        writeFloats(out, row.embedding());
    }

    static ItemRow read(ByteBuffer in) {
        return new ItemRow(
                in.getLong(), readText(in), in.getInt(), in.getFloat(), in.getFloat(), in.getLong(), readFloats(in));
    }

    /** A row as bytes. */
    public static byte[] toBytes(ItemRow row) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(40 + 4 * row.embedding().length);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(out, row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A row from bytes. */
    public static ItemRow rowFrom(byte[] bytes) {
        return read(ByteBuffer.wrap(bytes));
    }

    /** A slot as bytes. */
    public static byte[] toBytes(RowSlot slot) {
        return ByteBuffer.allocate(12)
                .putFloat(slot.secondMoment())
                .putLong(slot.lastStep())
                .array();
    }

    /** A slot from bytes. */
    public static RowSlot slotFrom(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new RowSlot(in.getFloat(), in.getLong());
    }

    static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }

    static String readText(ByteBuffer in) {
        byte[] utf8 = new byte[bounded(in.getInt(), in.remaining())];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** Floats with their count in front, big-endian. */
    static void writeFloats(DataOutputStream out, float[] values) throws IOException {
        out.writeInt(values.length);
        out.write(toBytes(values));
    }

    static float[] readFloats(ByteBuffer in) {
        int count = in.getInt();
        bounded(count * 4L, in.remaining());
        float[] values = new float[count];
        in.slice().asFloatBuffer().get(values);
        in.position(in.position() + 4 * count);
        return values;
    }

    /** Floats, big-endian, without a count. */
    public static byte[] toBytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    /** Floats from bytes without a count. */
    public static float[] floatsFrom(byte[] bytes) {
        float[] values = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
        return values;
    }

    static int bounded(long bytes, int left) {
        if (bytes < 0 || bytes > left) {
            throw new IllegalArgumentException("a length of " + bytes + " bytes where " + left + " are left");
        }
        return (int) bytes;
    }
}
