package io.freshet.job.exchange;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;

/**
 * What a learner gives another in one round: {@code i64 round | i32 length | bytes}.
 *
 * @param number from 1
 * @param bytes what it gives
 */
record Round(long number, byte[] bytes) {
    /** More than any tick needs; a length beyond it is no length. */
    private static final int MOST = 1 << 30;

    /**
     * Checks a message before it is sent, since whoever gets it would hang up on a longer one.
     *
     * @param to learner that gets it
     * @throws IllegalStateException naming the round and its length
     */
    static void requireFits(long round, int to, int bytes) {
        if (bytes > MOST) {
            throw new IllegalStateException("round " + round + " has " + bytes + " bytes for learner " + to
                    + ", more than the " + MOST + " of one message; more learners (learner.parallelism) have less"
                    + " to say each");
        }
    }

    void write(DataOutputStream out) throws IOException {
        out.writeLong(number);
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }

    static Round read(DataInputStream in) throws IOException {
        long number = in.readLong();
        int length = in.readInt();
        if (length < 0 || length > MOST) {
            throw new IOException("round " + number + " brings " + length + " bytes, not 0 to " + MOST);
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException(
                    "round " + number + " was cut short after " + bytes.length + " of " + length + " bytes");
        }
        return new Round(number, bytes);
    }
}
