package io.freshet.verification.simulation.forgery;

import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.LogId;
import io.freshet.store.feed.RepositoryId;
import io.freshet.verification.simulation.reference.Settings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.CRC32;

/** What planted bugs and strangers make of the product's bytes. */
public final class Forgery {
    private static final RepositoryId FOREIGN = RepositoryId.of("somebody else");

    private Forgery() {}

    /** A learner's entry of a checkpoint, without the events of open ticks. */
    public static byte[] withoutEvents(byte[] entry) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(entry));
                DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(in.readInt());
            out.writeInt(in.readInt());
            out.writeUTF(in.readUTF());
            out.writeUTF(in.readUTF());
            out.writeInt(0);
            CRC32 crc = new CRC32();
            crc.update(bytes.toByteArray());
            out.writeInt((int) crc.getValue());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Bytes that are no frame. */
    public static byte[] garbage() {
        return new byte[] {9, 9, 9};
    }

    /** A marker of a tick, as another repository's learner sends it. */
    public static byte[] foreign(long tick) {
        byte[][] zeroes = new byte[Settings.LANES][32];
        return new FeedFrame.Marker(FOREIGN, 1 << 30, tick, tick - 1, 0, LogId.UNKNOWN, zeroes, zeroes).toBytes();
    }

    /** A foreign frame, as if it were of the learner that is followed. */
    public static byte[] adopted(byte[] frame, long incarnation) {
        try {
            return FeedFrame.fromBytes(frame) instanceof FeedFrame.Marker marker
                            && marker.repository().equals(FOREIGN)
                    ? new FeedFrame.Marker(
                                    incarnation,
                                    marker.tick(),
                                    marker.previousTick(),
                                    0,
                                    marker.digests(),
                                    marker.contents())
                            .toBytes()
                    : frame;
        } catch (IllegalArgumentException e) {
            // It is no frame at all.
            return frame;
        }
    }
}
