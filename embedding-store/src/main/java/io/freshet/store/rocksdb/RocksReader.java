package io.freshet.store.rocksdb;

import io.freshet.store.History;
import io.freshet.store.HistoryLayout;
import io.freshet.store.RowChange;
import io.freshet.store.RowLayout;
import io.freshet.store.RowSlot;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.store.TransitionLayout;
import io.freshet.store.TransitionRow;
import io.freshet.store.rocksdb.LaneDatabase.Family;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;

/** Reads all lanes, either as they are or under one RocksDB snapshot per lane that was taken between two ticks. */
final class RocksReader implements StateView {
    private final StoreLayout layout;
    private final LaneDatabase[] lanes;
    private final ReadOptions[] reads;
    private final Runnable onClose;
    private boolean closed;

    RocksReader(StoreLayout layout, LaneDatabase[] lanes, ReadOptions[] reads, Runnable onClose) {
        this.layout = layout;
        this.lanes = lanes;
        this.reads = reads;
        this.onClose = onClose;
    }

    @Override
    public StoreLayout layout() {
        return layout;
    }

    @Override
    public long tick() {
        return tickOf(0);
    }

    long tickOf(int lane) {
        byte[] tick = lanes[lane].get(Family.META, reads[lane], LaneDatabase.TICK);
        return tick == null ? -1 : ByteBuffer.wrap(tick).getLong();
    }

    byte[] digestOf(int lane) {
        byte[] digest = lanes[lane].get(Family.META, reads[lane], LaneDatabase.DIGEST);
        return digest == null ? new byte[32] : digest;
    }

    byte @Nullable [] digestAt(int lane, long tick) {
        return lanes[lane].get(
                Family.CHANGES,
                reads[lane],
                ByteBuffer.allocate(8).putLong(tick).array());
    }

    @Override
    public Map<Integer, Long> frontier() {
        Map<Integer, Long> frontier = new TreeMap<>();
        byte[] bytes = lanes[0].get(Family.META, reads[0], LaneDatabase.FRONTIER);
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
        int lane = layout.laneOf(user);
        byte[] bytes = lanes[lane].get(Family.HISTORIES, reads[lane], user);
        return bytes == null ? null : HistoryLayout.historyFrom(bytes);
    }

    @Override
    public @Nullable RowChange row(long item) {
        int lane = layout.laneOf(item);
        byte[] row = lanes[lane].get(Family.ROWS, reads[lane], item);
        byte[] slot = lanes[lane].get(Family.SLOTS, reads[lane], item);
        return row == null ? null : new RowChange(RowLayout.rowFrom(row), slotOf(slot));
    }

    private static RowSlot slotOf(byte @Nullable [] bytes) {
        return bytes == null ? new RowSlot(0, 0) : RowLayout.slotFrom(bytes);
    }

    @Override
    public void forEachRow(Consumer<RowChange> visitor) {
        for (int lane = 0; lane < lanes.length; lane++) {
            try (RocksIterator rows = lanes[lane].iterator(Family.ROWS, reads[lane]);
                    RocksIterator slots = lanes[lane].iterator(Family.SLOTS, reads[lane])) {
                slots.seekToFirst();
                for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                    visitor.accept(new RowChange(RowLayout.rowFrom(rows.value()), slotOf(slots.value())));
                    slots.next();
                }
            }
        }
    }

    @Override
    public void forEachTransition(Consumer<TransitionRow> visitor) {
        forEachValue(Family.TRANSITIONS, value -> visitor.accept(TransitionLayout.rowFrom(value)));
    }

    void forEachValue(Family family, Consumer<byte[]> visitor) {
        for (int lane = 0; lane < lanes.length; lane++) {
            try (RocksIterator it = lanes[lane].iterator(family, reads[lane])) {
                for (it.seekToFirst(); it.isValid(); it.next()) {
                    if (family == Family.DENSE) {
                        visitor.accept(it.key());
                    }
                    visitor.accept(it.value());
                }
            }
        }
    }

    @Override
    public float @Nullable [] dense(String name) {
        byte[] own = lanes[0].get(Family.OWN, reads[0], LaneDatabase.utf8("tensor/" + name));
        byte[] bytes = own != null ? own : lanes[0].get(Family.DENSE, reads[0], LaneDatabase.utf8(name));
        return bytes == null ? null : RowLayout.floatsFrom(bytes);
    }

    @Override
    public byte @Nullable [] attribute(String name) {
        return lanes[0].get(Family.OWN, reads[0], LaneDatabase.utf8("attribute/" + name));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }
}
