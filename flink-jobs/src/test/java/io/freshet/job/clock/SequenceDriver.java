package io.freshet.job.clock;

import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EntityIds;
import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.WireFormat;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A tick sequence with a log in memory before it: keeps offsets, time and what came out. */
final class SequenceDriver implements TickSequence.Output {
    static final ClockConfig CONFIG = new ClockConfig(250, 60_000, 64, 256, 400);

    final ClockConfig config;
    TickSequence ticks;
    final Map<Integer, Long> ends = new TreeMap<>();
    /** Tick of every record, by {@code partition:offset}. */
    final TreeMap<String, Long> tickOf = new TreeMap<>();

    final List<Long> watermarks = new ArrayList<>();
    final List<String> order = new ArrayList<>();
    long rejected;
    long now;

    SequenceDriver(ClockConfig config, Collection<Integer> partitions) {
        this.config = config;
        ticks = new TickSequence(config, partitions, EntityIds.standard());
        partitions.forEach(partition -> ends.put(partition, 0L));
    }

    static SequenceDriver of(Integer... partitions) {
        return new SequenceDriver(CONFIG, List.of(partitions));
    }

    /** Writes an event to the log, and takes it. */
    SequenceDriver event(int partition, long timestamp) {
        return take(partition, timestamp, false, false);
    }

    SequenceDriver heartbeat(int partition, long timestamp) {
        return take(partition, timestamp, true, false);
    }

    SequenceDriver garbage(int partition, long timestamp) {
        return take(partition, timestamp, false, true);
    }

    private SequenceDriver take(int partition, long timestamp, boolean heartbeat, boolean bad) {
        long offset = ends.merge(partition, 1L, Long::sum) - 1;
        take(partition, offset, timestamp, heartbeat, bad);
        return this;
    }

    void take(int partition, long offset, long timestamp, boolean heartbeat, boolean bad) {
        RawRecord record = new RawRecord();
        record.partition = partition;
        record.offset = offset;
        record.timestamp = timestamp;
        record.heartbeat = heartbeat;
        ticks.take(record, one -> bad ? new Decoded.Rejected(RejectReason.MALFORMED, "planted") : accepted(one), this);
    }

    private static Decoded accepted(RawRecord one) {
        String id = one.partition + ":" + one.offset;
        return new Decoded.Accepted(
                BehaviourEvent.of(id, Action.CLICK, one.timestamp, "u" + one.offset % 5, "i" + one.offset % 7),
                WireFormat.JSON);
    }

    /** Time goes by, with a probe of the ends of the log as it is at each of its moments. */
    SequenceDriver pass(long millis) {
        for (long until = now + millis; now < until; ) {
            now += 50;
            ticks.observeEnds(new EndOffsets(now, new TreeMap<>(ends)), this);
        }
        return this;
    }

    /** Control records, or what a transaction took back: offsets that no reader sees. */
    SequenceDriver hole(int partition, int offsets) {
        ticks.reached(partition, ends.merge(partition, (long) offsets, Long::sum));
        return this;
    }

    /** Saves and goes on from what was saved. */
    SequenceDriver restart() {
        Map<Integer, byte[]> saved = ticks.save();
        ticks = new TickSequence(config, List.of(), EntityIds.standard());
        ticks.restore(saved);
        return this;
    }

    @Override
    public void event(TickedEvent event) {
        String id = event.partition + ":" + event.offset;
        if (!watermarks.isEmpty()
                && (event.tick + 1) * config.tickMillis() - 1 <= watermarks.get(watermarks.size() - 1)) {
            throw new AssertionError(id + " is given tick " + event.tick + ", which is closed");
        }
        tickOf.put(id, event.tick);
        order.add(id + "=" + event.tick);
    }

    @Override
    public void watermark(long timestamp) {
        if (!watermarks.isEmpty() && timestamp <= watermarks.get(watermarks.size() - 1)) {
            throw new AssertionError("watermark " + timestamp + " behind " + watermarks);
        }
        watermarks.add(timestamp);
        order.add("w" + timestamp);
    }

    @Override
    public void rejected(RawRecord record, Decoded.Rejected why) {
        rejected++;
    }

    long closed() {
        return ticks.closed();
    }
}
