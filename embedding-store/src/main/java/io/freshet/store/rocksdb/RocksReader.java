package io.freshet.store.rocksdb;

import io.freshet.store.CoOccurrenceVisitor;
import io.freshet.store.History;
import io.freshet.store.LaneRange;
import io.freshet.store.RowChange;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.store.codec.CoOccurrenceLayout;
import io.freshet.store.codec.ContentDigest;
import io.freshet.store.codec.HistoryLayout;
import io.freshet.store.codec.RowLayout;
import io.freshet.store.rocksdb.LaneDatabase.Family;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;

/**
 * Reads the lanes held, either as they are or under one RocksDB snapshot per lane that was taken between two ticks.
 * Lists have an entry per lane held, in lane order.
 */
final class RocksReader implements StateView {
    private final StoreLayout layout;
    private final LaneRange held;
    private final List<LaneDatabase> lanes;
    private final List<ReadOptions> reads;
    private final Runnable onClose;
    private boolean closed;

    RocksReader(
            StoreLayout layout, LaneRange held, List<LaneDatabase> lanes, List<ReadOptions> reads, Runnable onClose) {
        this.layout = layout;
        this.held = held;
        this.lanes = lanes;
        this.reads = reads;
        this.onClose = onClose;
    }

    @Override
    public StoreLayout layout() {
        return layout;
    }

    @Override
    public LaneRange held() {
        return held;
    }

    private byte @Nullable [] get(int lane, Family family, byte[] key) {
        held.require(lane);
        return lanes.get(lane - held.from()).get(family, reads.get(lane - held.from()), key);
    }

    private byte @Nullable [] get(int lane, Family family, long id) {
        held.require(lane);
        return lanes.get(lane - held.from()).get(family, reads.get(lane - held.from()), id);
    }

    @Override
    public long tick() {
        return tickOf(held.from());
    }

    long tickOf(int lane) {
        byte[] tick = get(lane, Family.META, LaneDatabase.TICK);
        return tick == null ? -1 : ByteBuffer.wrap(tick).getLong();
    }

    /** Chained digest of a lane, {@code [32]}; zeros before its first tick. */
    byte[] digestOf(int lane) {
        byte[] digest = get(lane, Family.META, LaneDatabase.DIGEST);
        return digest == null ? new byte[32] : digest;
    }

    /** Chained digest of a lane after a tick, {@code [32]}; null if it is not kept. */
    byte @Nullable [] digestAt(int lane, long tick) {
        return get(lane, Family.CHANGES, ByteBuffer.allocate(8).putLong(tick).array());
    }

    @Override
    public Map<Integer, Long> frontier() {
        Map<Integer, Long> frontier = new TreeMap<>();
        byte[] bytes = get(held.from(), Family.META, LaneDatabase.FRONTIER);
        if (bytes != null) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            while (in.hasRemaining()) {
                frontier.put(in.getInt(), in.getLong());
            }
        }
        return frontier;
    }

    @Override
    public @Nullable History history(long user) {
        byte[] bytes = get(layout.laneOf(user), Family.HISTORIES, user);
        return bytes == null ? null : HistoryLayout.historyFrom(bytes);
    }

    @Override
    public @Nullable RowChange row(long item) {
        int lane = layout.laneOf(item);
        byte[] row = get(lane, Family.ROWS, item);
        if (row == null) {
            return null;
        }
        byte[] optimizerState = get(lane, Family.OPTIMIZER_STATES, item);
        if (optimizerState == null) {
            throw new IllegalStateException("lane " + lane + " has item " + Long.toHexString(item)
                    + " in column family rows but not in slots; restore or bootstrap the store again");
        }
        return new RowChange(RowLayout.rowFrom(row), RowLayout.optimizerStateFrom(optimizerState));
    }

    @Override
    public byte[] contentDigest(int lane) {
        byte[] digest = get(lane, Family.META, LaneDatabase.CONTENT);
        return digest == null ? new byte[ContentDigest.BYTES] : digest;
    }

    @Override
    public boolean verifyContent(int lane, BooleanSupplier goesOn) {
        held.require(lane);
        LaneDatabase database = lanes.get(lane - held.from());
        try (ReadOptions read = LaneDatabase.scanning()
                .setSnapshot(reads.get(lane - held.from()).snapshot())) {
            return database.verifyKept(read, goesOn);
        }
    }

    /** {@link ContentDigest}, {@code [32]}, of what only the learner reads of a lane. */
    byte[] ownDigest(int lane) {
        byte[] digest = get(lane, Family.META, LaneDatabase.OWN);
        return digest == null ? new byte[ContentDigest.BYTES] : digest;
    }

    @Override
    public void forEachRow(Consumer<RowChange> visitor) {
        for (int i = 0; i < lanes.size(); i++) {
            lanes.get(i).forEachRow(reads.get(i), visitor);
        }
    }

    @Override
    public void forEachCoOccurrence(CoOccurrenceVisitor visitor) {
        for (int lane = held.from(); lane < held.to(); lane++) {
            int at = lane;
            forEachValue(lane, Family.CO_OCCURRENCES, value -> visitor.visit(at, CoOccurrenceLayout.rowFrom(value)));
        }
    }

    /**
     * Visits a family's values.
     *
     * @param visitor takes {@code [bytes]}: every value, before a dense tensor's its name
     */
    void forEachValue(Family family, Consumer<byte[]> visitor) {
        for (int lane = held.from(); lane < held.to(); lane++) {
            forEachValue(lane, family, visitor);
        }
    }

    private void forEachValue(int lane, Family family, Consumer<byte[]> visitor) {
        int i = lane - held.from();
        lanes.get(i).forEach(family, reads.get(i), (key, value) -> {
            if (family == Family.DENSE) {
                visitor.accept(key);
            }
            visitor.accept(value);
        });
    }

    @Override
    public float @Nullable [] dense(int lane, String name) {
        byte[] own = get(lane, Family.OWN, ContentDigest.tensorKey(name));
        byte[] bytes = own != null ? own : get(lane, Family.DENSE, LaneDatabase.utf8(name));
        return bytes == null ? null : RowLayout.floatsFrom(bytes);
    }

    @Override
    public byte @Nullable [] attribute(int lane, String name) {
        return get(lane, Family.OWN, ContentDigest.attributeKey(name));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }
}
