package io.freshet.store.feed;

import io.freshet.store.codec.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Identity of the log that a tick was cut of: a topic that was made again under its name is another log, with other
 * events at the same offsets.
 *
 * @param value first 8 bytes, big-endian, of the SHA-256 of the topic's id
 */
public record LogId(long value) {
    /** Of ticks that say nothing about it: those of releases before there were such identities. */
    public static final LogId UNKNOWN = new LogId(0);

    /** The identity of a topic's id; {@link #UNKNOWN} of an empty one. */
    public static LogId of(String topicId) {
        return topicId.isEmpty()
                ? UNKNOWN
                : new LogId(ByteBuffer.wrap(Sha256.digest().digest(topicId.getBytes(StandardCharsets.UTF_8)))
                        .getLong());
    }

    /** Whether a tick of the other may be one of this log: nobody knows better, or they are the same. */
    public boolean takes(LogId other) {
        return equals(UNKNOWN) || other.equals(UNKNOWN) || equals(other);
    }

    /** 16 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(value);
    }
}
