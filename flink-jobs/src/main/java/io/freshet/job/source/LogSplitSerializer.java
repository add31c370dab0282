package io.freshet.job.source;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Splits as bytes: {@code text topic id | i32 partition | i64 position | i64 after tick | bytes clock | i64 feed
 * offset | bytes breaker}. The clock has a version and a checksum of its own.
 */
final class LogSplitSerializer implements SimpleVersionedSerializer<LogSplit> {
    private static final int VERSION = 1;
    /** More than a clock or a breaker ever has: a clock has 12 bytes for each of at most some million open ticks. */
    private static final int MOST_BYTES = 1 << 24;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(LogSplit split) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(split.topicId());
            out.writeInt(split.partition());
            out.writeLong(split.position());
            out.writeLong(split.afterTick());
            write(out, split.clock());
            out.writeLong(split.feedOffset());
            write(out, split.breaker());
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Override
    public LogSplit deserialize(int version, byte[] serialized) throws IOException {
        if (version != VERSION) {
            throw new IOException("the source's state has format " + version + ", this release reads format " + VERSION
                    + ": start without this checkpoint, or with the release that wrote it");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
            return new LogSplit(
                    in.readUTF(), in.readInt(), in.readLong(), in.readLong(), read(in), in.readLong(), read(in));
        }
    }

    private static byte[] read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MOST_BYTES) {
            throw new IOException("the source's state has a field of " + length + " bytes: it is damaged");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }
}
