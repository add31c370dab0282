package io.freshet.job;

import io.freshet.schema.Decoded;
import io.freshet.schema.EntityIds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The log as a sequence of ticked events and watermarks: what {@link TickAssigner} does, without Flink. Records come in
 * any interleaving of partitions; what a partition's records become depends on the partition's prefix alone.
 */
public final class TickSequence {
    private static final int ENTRY_BYTES = 36;

    /** Where events and watermarks go, in order. */
    public interface Output {
        /** An event, or a record that is none and only says how far the log was read. */
        void event(TickedEvent event);

        /**
         * A tick and all before it are closed.
         *
         * @param timestamp last millisecond of the tick on the log's clock
         */
        void watermark(long timestamp);

        /** A record is no event; {@link #event} has had it as one that was passed. */
        void rejected(RawRecord record, Decoded.Rejected why);
    }

    private final long tickMillis;
    private final EntityIds ids;
    private final TickClock clock;
    private final Map<Integer, Long> next = new TreeMap<>();
    private long emitted = Long.MIN_VALUE;

    /**
     * A sequence at its beginning.
     *
     * @param partitions all partitions of the log, those without a record too
     * @param ids hashes of what events name
     */
    public TickSequence(long tickMillis, Collection<Integer> partitions, EntityIds ids) {
        this.tickMillis = tickMillis;
        this.ids = ids;
        clock = new TickClock(tickMillis, partitions);
    }

    /** Goes on from what {@link #save} gave; from the beginning if that is nothing. */
    public void restore(Iterable<byte[]> entries) {
        Map<Integer, Long> clocks = new TreeMap<>();
        long closed = Long.MIN_VALUE;
        long lastRecordTick = Long.MIN_VALUE;
        for (byte[] entry : entries) {
            ByteBuffer in = ByteBuffer.wrap(entry);
            int partition = in.getInt();
            clocks.put(partition, in.getLong());
            closed = Math.max(closed, in.getLong());
            next.put(partition, in.getLong());
            lastRecordTick = Math.max(lastRecordTick, in.getLong());
        }
        clock.restore(clocks, closed, lastRecordTick);
    }

    /**
     * Begins in the middle of the log, behind a tick that was learned.
     *
     * @param first first offset to come, of every partition
     */
    void beginAfter(long tick, Map<Integer, Long> first) {
        clock.beginAfter(tick);
        next.putAll(first);
    }

    /** The partitions' clocks, one entry each, for a checkpoint. */
    public List<byte[]> save() {
        List<byte[]> entries = new ArrayList<>();
        clock.clocks()
                .forEach((partition, time) -> entries.add(ByteBuffer.allocate(ENTRY_BYTES)
                        .putInt(partition)
                        .putLong(time)
                        .putLong(clock.closed())
                        .putLong(next.getOrDefault(partition, 0L))
                        .putLong(clock.lastRecordTick())
                        .array()));
        return entries;
    }

    /**
     * Takes a partition's next record.
     *
     * @param decoder reads a record that is no heartbeat; what it throws goes to the caller
     */
    public void take(RawRecord record, Function<RawRecord, Decoded> decoder, Output out) {
        next.put(record.partition, record.offset + 1);
        if (record.heartbeat) {
            long tick = clock.heartbeat(record.partition, record.timestamp);
            out.event(TickedEvent.passed(tick, record));
            advance(out);
            return;
        }
        long tick = clock.assign(record.partition, record.timestamp);
        advance(out);
        Decoded decoded = decoder.apply(record);
        if (decoded instanceof Decoded.Accepted accepted) {
            out.event(TickedEvent.of(tick, record, accepted.event(), ids));
        } else if (decoded instanceof Decoded.Rejected refusal) {
            out.event(TickedEvent.passed(tick, record));
            out.rejected(record, refusal);
        }
    }

    /**
     * Declares those partitions idle whose records have all been taken; the others need not wait for them.
     *
     * @param ends first offset behind each partition's last record
     */
    public void idle(Map<Integer, Long> ends, Output out) {
        for (int partition : clock.awake()) {
            Long end = ends.get(partition);
            if (end != null && next.getOrDefault(partition, 0L) >= end) {
                clock.idle(partition);
            }
        }
        advance(out);
    }

    private void advance(Output out) {
        long closed = clock.advance();
        if (closed >= 0 && closed > emitted) {
            emitted = closed;
            out.watermark((closed + 1) * tickMillis - 1);
        }
    }
}
