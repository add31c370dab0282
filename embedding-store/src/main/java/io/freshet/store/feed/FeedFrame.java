package io.freshet.store.feed;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One record of the change feed.
 *
 * <pre>
 * u8 version=1 | u8 kind | i64 incarnation | i64 tick | body
 * part   (kind 1): i32 lane | i32 index | i32 parts of this lane | bytes of the lane's encoded changes
 * marker (kind 2): i64 tick before | i64 learned at, ms since the epoch | i32 lanes | lanes * 32 bytes of digest
 * </pre>
 *
 * Bytes of parts are covered by the digests of the marker.
 */
public sealed interface FeedFrame {
    /** Most bytes of a lane's changes in one part: a broker's default limit is 1 MiB for a whole record. */
    int PART_BYTES = 900_000;

    /** Version, kind, incarnation and tick. */
    int HEADER_BYTES = 18;

    /** Start of the learner that sent this. */
    long incarnation();

    /** Tick. */
    long tick();

    /** The frame as bytes. */
    byte[] toBytes();

    /** A piece of a lane's changes; {@code payload} is never changed. */
    record Part(long incarnation, long tick, int lane, int index, int parts, byte[] payload) implements FeedFrame {
        @Override
        public byte[] toBytes() {
            return ByteBuffer.allocate(HEADER_BYTES + 12 + payload.length)
                    .put((byte) 1)
                    .put((byte) 1)
                    .putLong(incarnation)
                    .putLong(tick)
                    .putInt(lane)
                    .putInt(index)
                    .putInt(parts)
                    .put(payload)
                    .array();
        }
    }

    /**
     * The end of a tick.
     *
     * @param previousTick tick that was applied before; -1 for the first
     * @param learnedAtMillis when the learner applied the tick, wall clock; for ages only, never for the model
     * @param digests digest of every lane after the tick
     */
    record Marker(long incarnation, long tick, long previousTick, long learnedAtMillis, byte[][] digests)
            implements FeedFrame {
        @Override
        public byte[] toBytes() {
            ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + 20 + 32 * digests.length)
                    .put((byte) 1)
                    .put((byte) 2)
                    .putLong(incarnation)
                    .putLong(tick)
                    .putLong(previousTick)
                    .putLong(learnedAtMillis)
                    .putInt(digests.length);
            for (byte[] digest : digests) {
                bytes.put(digest);
            }
            return bytes.array();
        }
    }

    /**
     * Reads a frame.
     *
     * @throws IllegalArgumentException if the bytes are none, or of another version
     */
    static FeedFrame fromBytes(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            int version = in.get();
            int kind = in.get();
            if (version != 1 || kind < 1 || kind > 2) {
                throw new IllegalArgumentException("a feed record of version " + version + " and kind " + kind
                        + "; this release reads version 1, kinds 1 and 2");
            }
            long incarnation = in.getLong();
            long tick = in.getLong();
            return kind == 1 ? part(incarnation, tick, in) : marker(incarnation, tick, in);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a feed record of " + bytes.length + " bytes that ends too soon", e);
        }
    }

    private static Part part(long incarnation, long tick, ByteBuffer in) {
        int lane = in.getInt();
        int index = in.getInt();
        int parts = in.getInt();
        if (lane < 0 || index < 0 || index >= parts) {
            throw new IllegalArgumentException("a feed part " + index + " of " + parts + " of lane " + lane);
        }
        byte[] payload = new byte[in.remaining()];
        in.get(payload);
        return new Part(incarnation, tick, lane, index, parts, payload);
    }

    private static Marker marker(long incarnation, long tick, ByteBuffer in) {
        long previous = in.getLong();
        long learnedAt = in.getLong();
        int lanes = in.getInt();
        if (lanes < 1 || in.remaining() != 32L * lanes) {
            throw new IllegalArgumentException(
                    "a feed marker of " + lanes + " lanes with " + in.remaining() + " bytes of digests");
        }
        byte[][] digests = new byte[lanes][32];
        for (byte[] digest : digests) {
            in.get(digest);
        }
        return new Marker(incarnation, tick, previous, learnedAt, digests);
    }

    /** The parts of one lane's encoded changes. */
    static List<Part> parts(long incarnation, long tick, int lane, byte[] encoded) {
        int count = Math.max(1, (encoded.length + PART_BYTES - 1) / PART_BYTES);
        List<Part> parts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int end = Math.min(encoded.length, (i + 1) * PART_BYTES);
            parts.add(new Part(incarnation, tick, lane, i, count, Arrays.copyOfRange(encoded, i * PART_BYTES, end)));
        }
        return parts;
    }
}
