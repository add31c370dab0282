package io.freshet.store;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** Bytes of a transition row: {@code i64 item | i32 n | n * (i64 item | f32 count)}, big-endian. */
public final class TransitionLayout {
    private static final int ENTRY_BYTES = 12;

    private TransitionLayout() {}

    static void write(DataOutputStream out, TransitionRow row) throws IOException {
        out.writeLong(row.item());
        out.writeInt(row.next().length);
        for (int i = 0; i < row.next().length; i++) {
            out.writeLong(row.next()[i]);
            out.writeFloat(row.counts()[i]);
        }
    }

    static TransitionRow read(ByteBuffer in) {
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
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(12 + ENTRY_BYTES * row.next().length);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(out, row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A row from bytes. */
    public static TransitionRow rowFrom(byte[] bytes) {
        return read(ByteBuffer.wrap(bytes));
    }
}
