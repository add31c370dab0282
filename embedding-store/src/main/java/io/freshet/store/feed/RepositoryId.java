package io.freshet.store.feed;

import io.freshet.store.codec.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Identity of the snapshot repository whose learner sent a frame: the first 16 bytes of the SHA-256 of its name.
 * Incarnations are numbers within one repository; those of two repositories say nothing about each other.
 *
 * @param high first 8 bytes, big-endian
 * @param low next 8 bytes
 */
public record RepositoryId(long high, long low) {
    /** Of frames and repositories that say nothing about it: those of releases before there were identities. */
    public static final RepositoryId UNKNOWN = new RepositoryId(0, 0);

    /** Bytes of an identity. */
    public static final int BYTES = 16;

    /** The identity of a repository's name; {@link #UNKNOWN} of an empty one. */
    public static RepositoryId of(String name) {
        if (name.isEmpty()) {
            return UNKNOWN;
        }
        ByteBuffer sha = ByteBuffer.wrap(Sha256.digest().digest(name.getBytes(StandardCharsets.UTF_8)));
        return new RepositoryId(sha.getLong(), sha.getLong());
    }

    /** Whether a follower of this repository takes frames of the other: nobody knows better, or they are the same. */
    public boolean takes(RepositoryId other) {
        return equals(UNKNOWN) || other.equals(UNKNOWN) || equals(other);
    }

    /** Writes it to {@code out [BYTES]}, from the buffer's position on. */
    void write(ByteBuffer out) {
        out.putLong(high).putLong(low);
    }

    /** Reads one from {@code in [BYTES]}, from the buffer's position on. */
    static RepositoryId read(ByteBuffer in) {
        return new RepositoryId(in.getLong(), in.getLong());
    }

    /** 32 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }
}
