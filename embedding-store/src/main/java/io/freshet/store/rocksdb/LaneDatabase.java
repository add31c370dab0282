package io.freshet.store.rocksdb;

import io.freshet.store.DenseTensor;
import io.freshet.store.HistoryAppend;
import io.freshet.store.HistoryLayout;
import io.freshet.store.LaneChanges;
import io.freshet.store.RowChange;
import io.freshet.store.RowLayout;
import io.freshet.store.StoreLayout;
import io.freshet.store.TransitionLayout;
import io.freshet.store.TransitionRow;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** One lane's RocksDB: its column families, its one atomic write per tick, its reads. */
final class LaneDatabase implements AutoCloseable {
    /** Column families in the order in which they are opened; a family's place is its index in the handles. */
    enum Family {
        DEFAULT("default"),
        ROWS("rows"),
        SLOTS("slots"),
        TRANSITIONS("transitions"),
        HISTORIES("histories"),
        DENSE("dense"),
        OWN("own"),
        CHANGES("changes"),
        META("meta");

        final byte[] key;

        Family(String name) {
            key = name.getBytes(StandardCharsets.UTF_8);
        }
    }

    static final byte[] TICK = utf8("tick");
    static final byte[] DIGEST = utf8("digest");
    static final byte[] FRONTIER = utf8("frontier");
    static final byte[] LAYOUT = utf8("layout");
    private static final int KEPT_CHANGES = 4096;

    private final StoreLayout layout;
    private final Path directory;
    private final RocksDB db;
    private final List<ColumnFamilyHandle> handles = new ArrayList<>();
    private final WriteOptions writeOptions;
    private volatile boolean closed;

    LaneDatabase(Path directory, StoreLayout layout, StoreResources resources, boolean writeAheadLog) {
        this.layout = layout;
        this.directory = directory;
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        for (Family family : Family.values()) {
            families.add(new ColumnFamilyDescriptor(family.key, resources.columnFamily));
        }
        writeOptions = new WriteOptions().setDisableWAL(!writeAheadLog);
        try {
            db = RocksDB.open(resources.database, directory.toString(), families, handles);
        } catch (RocksDBException e) {
            writeOptions.close();
            throw new IllegalStateException(
                    "cannot open the lane's database " + directory + ": " + e.getMessage()
                            + " (if another process holds the lock, stop it or choose another directory)",
                    e);
        }
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Every access comes through here: native memory must not be read once it is freed. */
    private ColumnFamilyHandle handle(Family family) {
        if (closed) {
            throw new IllegalStateException("the lane's database " + directory + " is closed");
        }
        return handles.get(family.ordinal());
    }

    private byte[] key(long id) {
        return ByteBuffer.allocate(10)
                .putShort((short) layout.keyGroupOf(id))
                .putLong(id)
                .array();
    }

    private static byte[] key(String name) {
        return utf8(name);
    }

    private static byte[] tickKey(long tick) {
        return ByteBuffer.allocate(8).putLong(tick).array();
    }

    /** Writes all that a tick did here, at once. */
    void apply(long tick, Map<Integer, Long> frontier, LaneChanges changes, byte[] digest) {
        try (WriteBatch batch = new WriteBatch()) {
            for (RowChange change : changes.rows()) {
                byte[] key = key(change.row().item());
                batch.put(handle(Family.ROWS), key, RowLayout.toBytes(change.row()));
                batch.put(handle(Family.SLOTS), key, RowLayout.toBytes(change.slot()));
            }
            for (TransitionRow row : changes.transitions()) {
                batch.put(handle(Family.TRANSITIONS), key(row.item()), TransitionLayout.toBytes(row));
            }
            for (long item : changes.removed()) {
                batch.delete(handle(Family.ROWS), key(item));
                batch.delete(handle(Family.SLOTS), key(item));
                batch.delete(handle(Family.TRANSITIONS), key(item));
            }
            for (HistoryAppend append : changes.histories()) {
                byte[] key = key(append.user());
                byte[] before = db.get(handle(Family.HISTORIES), key);
                batch.put(
                        handle(Family.HISTORIES),
                        key,
                        HistoryLayout.toBytes(HistoryLayout.append(
                                before == null ? null : HistoryLayout.historyFrom(before),
                                append,
                                layout.historyLength())));
            }
            for (DenseTensor tensor : changes.dense()) {
                batch.put(handle(Family.DENSE), key(tensor.name()), RowLayout.toBytes(tensor.values()));
            }
            batch.put(handle(Family.CHANGES), tickKey(tick), digest);
            batch.put(handle(Family.META), TICK, tickKey(tick));
            batch.put(handle(Family.META), DIGEST, digest);
            batch.put(handle(Family.META), FRONTIER, frontierBytes(frontier));
            db.write(writeOptions, batch);
        } catch (RocksDBException e) {
            throw failure("write of tick " + tick, e);
        }
    }

    /** Forgets change records beyond the kept number; cheap, now and then. */
    void trimChanges() {
        try (RocksIterator it = db.newIterator(handle(Family.CHANGES))) {
            it.seekToLast();
            for (int kept = 0; it.isValid() && kept < KEPT_CHANGES; kept++) {
                it.prev();
            }
            if (it.isValid()) {
                db.deleteRange(handle(Family.CHANGES), writeOptions, tickKey(0), it.key());
            }
        } catch (RocksDBException e) {
            throw failure("trimming of changes", e);
        }
    }

    static byte[] frontierBytes(Map<Integer, Long> frontier) {
        ByteBuffer bytes = ByteBuffer.allocate(12 * frontier.size());
        frontier.forEach((partition, offset) -> bytes.putInt(partition).putLong(offset));
        return bytes.array();
    }

    byte @Nullable [] get(Family family, ReadOptions read, byte[] key) {
        try {
            return db.get(handle(family), read, key);
        } catch (RocksDBException e) {
            throw failure("read from " + family, e);
        }
    }

    byte @Nullable [] get(Family family, ReadOptions read, long id) {
        return get(family, read, key(id));
    }

    void put(Family family, byte[] key, byte[] value) {
        try {
            db.put(handle(family), writeOptions, key, value);
        } catch (RocksDBException e) {
            throw failure("write to " + family, e);
        }
    }

    RocksIterator iterator(Family family, ReadOptions read) {
        return db.newIterator(handle(family), read);
    }

    ReadOptions snapshot() {
        return new ReadOptions().setSnapshot(db.getSnapshot());
    }

    void release(ReadOptions read) {
        if (!closed && read.snapshot() != null) {
            db.releaseSnapshot(read.snapshot());
        }
        read.close();
    }

    /** Flushes, and hard-links all files into a directory that must not exist yet. */
    void checkpoint(Path target) {
        try (Checkpoint checkpoint = Checkpoint.create(db)) {
            checkpoint.createCheckpoint(target.toString());
        } catch (RocksDBException e) {
            throw failure("checkpoint to " + target, e);
        }
    }

    private IllegalStateException failure(String what, RocksDBException e) {
        return new IllegalStateException(what + " failed in " + directory + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        handles.forEach(ColumnFamilyHandle::close);
        db.close();
        writeOptions.close();
    }
}
