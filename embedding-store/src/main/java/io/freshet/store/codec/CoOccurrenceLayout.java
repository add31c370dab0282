package io.freshet.store.codec;

import io.freshet.store.CoOccurrenceRow;
import java.nio.ByteBuffer;

/** Bytes of a co-occurrence row: {@code i64 item | i32 n | n * (i64 item | f32 count)}, big-endian. */
public final class CoOccurrenceLayout {
    private static final int ENTRY_BYTES = 12;

    private CoOccurrenceLayout() {}

    /** Writes a row. */
    public static void write(BytesWriter out, CoOccurrenceRow row) {
        out.putLong(row.item());
        out.putInt(row.next().length);
        for (int i = 0; i < row.next().length; i++) {
            out.putLong(row.next()[i]);
            out.putFloat(row.counts()[i]);
        }
    }

    /** Reads a row from {@code in [bytes]}. */
    public static CoOccurrenceRow read(ByteBuffer in) {
        long item = in.getLong();
        int n = RowLayout.bounded((long) in.getInt() * ENTRY_BYTES, in.remaining()) / ENTRY_BYTES;
        long[] next = new long[n];
        float[] counts = new float[n];
        for (int i = 0; i < n; i++) {
            next[i] = in.getLong();
            counts[i] = in.getFloat();
        }
        return new CoOccurrenceRow(item, next, counts);
    }

    /** A row as {@code [12 + n * ENTRY_BYTES]} bytes. */
    public static byte[] toBytes(CoOccurrenceRow row) {
        BytesWriter out = new BytesWriter(12 + ENTRY_BYTES * row.next().length);
        write(out, row);
        return out.toBytes();
    }

    /** A row from {@code bytes [12 + n * ENTRY_BYTES]}. */
    public static CoOccurrenceRow rowFrom(byte[] bytes) {
        return read(ByteBuffer.wrap(bytes));
    }
}
