package io.freshet.job.exchange;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a learner gives in one round: {@code i64 round | i32 n {i32 lane | i32 length | bytes}}.
 *
 * @param number from 1
 * @param parts one per lane that it computes
 */
record Round(long number, List<Part> parts) {
    /** More than any tick needs; a length beyond it is no length. */
    private static final int MOST = 1 << 30;

    /** What a lane brings. */
    record Part(int lane, byte[] bytes) {}

    void write(DataOutputStream out) throws IOException {
        out.writeLong(number);
        out.writeInt(parts.size());
        for (Part part : parts) {
            out.writeInt(part.lane);
            out.writeInt(part.bytes.length);
            out.write(part.bytes);
        }
        out.flush();
    }

    static Round read(DataInputStream in) throws IOException {
        long number = in.readLong();
        int count = in.readInt();
        if (count < 0 || count > 65_536) {
            throw new IOException("a round of " + count + " lanes");
        }
        List<Part> parts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int lane = in.readInt();
            int length = in.readInt();
            if (length < 0 || length > MOST) {
                throw new IOException("lane " + lane + " brings " + length + " bytes");
            }
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new java.io.EOFException("lane " + lane + " was cut short");
            }
            parts.add(new Part(lane, bytes));
        }
        return new Round(number, parts);
    }
}
