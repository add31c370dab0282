package io.freshet.train.exchange;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The frame of bytes that a learner keeps as its own state, with their format and a checksum, big-endian:
 *
 * <pre>
 * i32 version | content | i32 CRC32C of all before
 * </pre>
 */
public final class SealedBytes {
    private static final int FRAME = 8;

    private SealedBytes() {}

    /** {@code content [n]} with its version and checksum, {@code [n + 8]}. */
    public static byte[] seal(int version, byte[] content) {
        ByteBuffer bytes = ByteBuffer.allocate(content.length + FRAME);
        bytes.putInt(version).put(content);
        return bytes.putInt(checksum(bytes.array())).array();
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - 4);
        return (int) crc.getValue();
    }

    /**
     * The content of sealed bytes.
     *
     * @param what names them, for errors
     * @param bytes {@code [n + 8]}
     * @return {@code [n]}
     * @throws IllegalStateException if they have another format, or are not as they were written
     */
    public static byte[] open(String what, int version, byte[] bytes) {
        if (bytes.length >= 4 && ByteBuffer.wrap(bytes).getInt() != version) {
            throw new IllegalStateException(what + " have format "
                    + ByteBuffer.wrap(bytes).getInt() + ", this release reads " + version
                    + ": go on with the release that wrote the state, or learn the log again into an empty one");
        }
        if (bytes.length < FRAME || ByteBuffer.wrap(bytes).getInt(bytes.length - 4) != checksum(bytes)) {
            throw new IllegalStateException(what + " (" + bytes.length
                    + " bytes) do not match their checksum: the state is damaged; go back to an older snapshot");
        }
        return Arrays.copyOfRange(bytes, 4, bytes.length - 4);
    }
}
