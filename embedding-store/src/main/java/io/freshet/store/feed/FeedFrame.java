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
 * u8 version=3 | u8 kind | i64 incarnation | i64 tick | 16 bytes repository | body
 * part   (kind 1): i32 lane | i32 index | i32 parts of this lane | bytes of the lane's encoded changes
 * marker (kind 2): i64 tick before | i64 learned at, ms since the epoch | i64 log | i32 lanes
 *                | lanes * 32 bytes of digest | lanes * 32 bytes of content digest
 * </pre>
 *
 * Bytes of parts are covered by the digests of the marker. Versions 1 and 2 are read too: they name no log, and version
 * 1 has neither a repository nor content digests.
 */
public sealed interface FeedFrame {
    /** Version that is written. */
    int VERSION = 3;

    /** Most bytes of a lane's changes in one part: a broker's default limit is 1 MiB for a whole record. */
    int PART_BYTES = 900_000;

    /** Version, kind, incarnation, tick and repository. */
    int HEADER_BYTES = 18 + RepositoryId.BYTES;

    /** Most bytes of a frame that are read; no learner sends more than about {@link #PART_BYTES}. */
    int MOST_BYTES = 4 << 20;

    /** Most lanes that a store can have. */
    int MOST_LANES = 32_768;

    /** Repository of the learner that sent this. */
    RepositoryId repository();

    /** Start of the learner that sent this. */
    long incarnation();

    /** Number of the tick that this is of. */
    long tick();

    /** The frame as {@code [bytes]}. */
    byte[] toBytes();

    /** A piece of a lane's changes; {@code payload [bytes]} is never changed. */
    record Part(RepositoryId repository, long incarnation, long tick, int lane, int index, int parts, byte[] payload)
            implements FeedFrame {
        /** Of a repository that is not named. */
        public Part(long incarnation, long tick, int lane, int index, int parts, byte[] payload) {
            this(RepositoryId.UNKNOWN, incarnation, tick, lane, index, parts, payload);
        }

        @Override
        public byte[] toBytes() {
            return header(this, 1, 12 + payload.length)
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
     * @param log what the tick was cut of
     * @param digests chained digest of every lane after the tick, {@code [lanes][32]}
     * @param contents content digest of every lane after the tick, {@code [lanes][32]}; of version 1 {@code [0][]}
     */
    record Marker(
            RepositoryId repository,
            long incarnation,
            long tick,
            long previousTick,
            long learnedAtMillis,
            LogId log,
            byte[][] digests,
            byte[][] contents)
            implements FeedFrame {
        public Marker {
            if (contents.length != 0 && contents.length != digests.length) {
                throw new IllegalArgumentException("tick " + tick + ": digests of " + digests.length
                        + " lanes and content digests of " + contents.length);
            }
        }

        /** Of a repository and a log that are not named. */
        public Marker(
                long incarnation,
                long tick,
                long previousTick,
                long learnedAtMillis,
                byte[][] digests,
                byte[][] contents) {
            this(
                    RepositoryId.UNKNOWN,
                    incarnation,
                    tick,
                    previousTick,
                    learnedAtMillis,
                    LogId.UNKNOWN,
                    digests,
                    contents);
        }

        @Override
        public byte[] toBytes() {
            if (contents.length != digests.length) {
                throw new IllegalStateException(
                        "tick " + tick + ": a marker without content digests was read, and" + " is not written");
            }
            ByteBuffer bytes = header(this, 2, 28 + 64 * digests.length)
                    .putLong(previousTick)
                    .putLong(learnedAtMillis)
                    .putLong(log.value())
                    .putInt(digests.length);
            for (byte[] digest : digests) {
                bytes.put(digest);
            }
            for (byte[] content : contents) {
                bytes.put(content);
            }
            return bytes.array();
        }
    }

    private static ByteBuffer header(FeedFrame frame, int kind, int body) {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + body)
                .put((byte) VERSION)
                .put((byte) kind)
                .putLong(frame.incarnation())
                .putLong(frame.tick());
        frame.repository().write(bytes);
        return bytes;
    }

    /**
     * Reads a frame.
     *
     * @param bytes {@code [bytes]}
     * @throws HostileFrame if the bytes are none, or of another version
     */
    static FeedFrame fromBytes(byte[] bytes) {
        if (bytes.length > MOST_BYTES) {
            throw new HostileFrame("a feed record of " + bytes.length + " bytes; expected at most " + MOST_BYTES);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            int version = in.get();
            int kind = in.get();
            if (version < 1 || version > VERSION || kind < 1 || kind > 2) {
                throw new HostileFrame("a feed record of version " + version + " and kind " + kind
                        + "; this release reads versions 1 to " + VERSION + ", kinds 1 and 2");
            }
            long incarnation = in.getLong();
            long tick = in.getLong();
            RepositoryId repository = version == 1 ? RepositoryId.UNKNOWN : RepositoryId.read(in);
            return kind == 1
                    ? part(repository, incarnation, tick, in)
                    : marker(repository, incarnation, tick, version, in);
        } catch (BufferUnderflowException e) {
            throw new HostileFrame("a feed record of " + bytes.length + " bytes that ends too soon", e);
        }
    }

    private static Part part(RepositoryId repository, long incarnation, long tick, ByteBuffer in) {
        int lane = in.getInt();
        int index = in.getInt();
        int parts = in.getInt();
        if (lane < 0 || lane >= MOST_LANES || index < 0 || index >= parts || parts > FeedLimits.MOST_PARTS) {
            throw new HostileFrame("a feed part " + index + " of " + parts + " of lane " + lane + "; expected at most "
                    + FeedLimits.MOST_PARTS + " parts and " + MOST_LANES + " lanes");
        }
        byte[] payload = new byte[in.remaining()];
        in.get(payload);
        return new Part(repository, incarnation, tick, lane, index, parts, payload);
    }

    private static Marker marker(RepositoryId repository, long incarnation, long tick, int version, ByteBuffer in) {
        long previous = in.getLong();
        long learnedAt = in.getLong();
        LogId log = version < 3 ? LogId.UNKNOWN : new LogId(in.getLong());
        boolean withContents = version > 1;
        int lanes = in.getInt();
        if (lanes < 1 || lanes > MOST_LANES || in.remaining() != (withContents ? 64L : 32L) * lanes) {
            throw new HostileFrame("a feed marker of " + lanes + " lanes with " + in.remaining() + " bytes of digests");
        }
        byte[][] digests = digests(lanes, in);
        byte[][] contents = withContents ? digests(lanes, in) : new byte[0][];
        return new Marker(repository, incarnation, tick, previous, learnedAt, log, digests, contents);
    }

    private static byte[][] digests(int lanes, ByteBuffer in) {
        byte[][] digests = new byte[lanes][32];
        for (byte[] digest : digests) {
            in.get(digest);
        }
        return digests;
    }

    /** The parts of one lane's changes, {@code encoded [bytes]}. */
    static List<Part> parts(RepositoryId repository, long incarnation, long tick, int lane, byte[] encoded) {
        int count = Math.max(1, (encoded.length + PART_BYTES - 1) / PART_BYTES);
        if (count > FeedLimits.MOST_PARTS) {
            throw new IllegalArgumentException("tick " + tick + ", lane " + lane + ": " + encoded.length + " bytes are "
                    + count + " parts; followers take " + FeedLimits.MOST_PARTS);
        }
        List<Part> parts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int end = Math.min(encoded.length, (i + 1) * PART_BYTES);
            byte[] payload = Arrays.copyOfRange(encoded, i * PART_BYTES, end);
            parts.add(new Part(repository, incarnation, tick, lane, i, count, payload));
        }
        return parts;
    }

    /** The parts of {@code encoded [bytes]} of a repository that is not named. */
    static List<Part> parts(long incarnation, long tick, int lane, byte[] encoded) {
        return parts(RepositoryId.UNKNOWN, incarnation, tick, lane, encoded);
    }
}
