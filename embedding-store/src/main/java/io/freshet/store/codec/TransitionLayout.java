package io.freshet.store.codec;

import io.freshet.store.TransitionRow;
import java.nio.ByteBuffer;

/** Bytes of a transition row: {@code i64 item | i32 n | n * (i64 item | f32 count)}, big-endian. */
public final class TransitionLayout {
    private static final int ENTRY_BYTES = 12;

    private TransitionLayout() {}

    /** Writes a row. */
    public static void write(BytesWriter out, TransitionRow row) {
        out.putLong(row.item());
        out.putInt(row.next().length);
        for (int i = 0; i < row.next().length; i++) {
            out.putLong(row.next()[i]);
            out.putFloat(row.counts()[i]);
        }
    }

    /** Reads a row. */
    public static TransitionRow read(ByteBuffer in) {
        long item = in.getLong();
        int n = RowLayout.bounded((long) in.getInt() * ENTRY_BYTES, in.remaining()) / ENTRY_BYTES;
        long[] next = new long[n];
        float[] counts = new float[n];
        for (int i = 0; i < n; i++) {
            next[i] = in.getLong();
            counts[i] = in.getFloat();
        }
        return new TransitionRow(item, next, counts);
    }

    /** A row as bytes. */
    public static byte[] toBytes(TransitionRow row) {
        BytesWriter out = new BytesWriter(12 + ENTRY_BYTES * row.next().length);
        write(out, row);
        return out.toBytes();
    }

    /** A row from bytes. */
    public static TransitionRow rowFrom(byte[] bytes) {
        return read(ByteBuffer.wrap(bytes));
    }
}
