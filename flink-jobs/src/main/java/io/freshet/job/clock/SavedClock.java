package io.freshet.job.clock;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * One partition's part of a tick sequence as a checkpoint holds it.
 *
 * <pre>
 * u8 version=4 | i64 next offset | i64 last tick | i32 records of it | clock | i64 closed | i64 last tick with a record
 * | i64 full ticks | i32 n {i64 open tick, i32 records of it, i64 first offset, i64 last offset}
 * | u32 crc of all before
 * </pre>
 */
final class SavedClock {
    private static final byte VERSION = 4;
    private static final int FIXED_BYTES = 1 + 8 + 8 + 4 + PartitionClock.BYTES + 3 * 8 + 4 + 4;
    private static final int OPEN_BYTES = 8 + 4 + 8 + 8;

    /**
     * What all partitions share.
     *
     * @param closed last closed tick
     * @param lastRecordTick last tick with more than heartbeats
     * @param fullTicks ticks that a partition filled
     */
    record Shared(long closed, long lastRecordTick, long fullTicks) {}

    private SavedClock() {}

    static byte[] write(PartitionState state, Shared shared) {
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + state.openTicks() * OPEN_BYTES);
        out.put(VERSION).putLong(state.next).putLong(state.lastTick).putInt(state.inLastTick);
        state.clock.write(out);
        out.putLong(shared.closed).putLong(shared.lastRecordTick).putLong(shared.fullTicks);
        out.putInt(state.openTicks());
        state.visitOpen((tick, records, first, last) ->
                out.putLong(tick).putInt(records).putLong(first).putLong(last));
        return out.putInt(crc(out)).array();
    }

    /**
     * Fills a partition's state; gives what it shares with the others.
     *
     * @throws IllegalStateException if the bytes are of another version, cut short or damaged
     */
    static Shared read(PartitionState state, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            byte version = in.get();
            if (version != VERSION) {
                throw new IllegalStateException("the clock of partition " + state.partition + " was saved in format "
                        + version + ", this release reads format " + VERSION
                        + ": start without this checkpoint, or with the release that wrote it");
            }
            state.next = in.getLong();
            state.lastTick = in.getLong();
            state.inLastTick = in.getInt();
            state.clock.read(in);
            Shared shared = new Shared(in.getLong(), in.getLong(), in.getLong());
            readOpen(state, in);
            int expected = crc(in);
            if (in.getInt() != expected) {
                throw new IllegalStateException("the saved clock of partition " + state.partition
                        + " is damaged: its checksum does not match; start from another checkpoint");
            }
            return shared;
        } catch (BufferUnderflowException e) {
            throw new IllegalStateException("the saved clock of partition " + state.partition + " is cut short", e);
        }
    }

    private static void readOpen(PartitionState state, ByteBuffer in) {
        int ticks = in.getInt();
        if (ticks < 0 || in.remaining() != (long) ticks * OPEN_BYTES + 4) {
            throw new IllegalStateException("the saved clock of partition " + state.partition + " is damaged: " + ticks
                    + " open ticks in " + in.remaining() + " bytes; start from another checkpoint");
        }
        for (int n = 0; n < ticks; n++) {
            state.holds(in.getLong(), in.getInt(), in.getLong(), in.getLong());
        }
    }

    private static int crc(ByteBuffer bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes.array(), 0, bytes.position());
        return (int) crc.getValue();
    }
}
