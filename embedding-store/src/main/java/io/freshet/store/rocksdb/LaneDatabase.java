package io.freshet.store.rocksdb;

import io.freshet.store.LaneChanges;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.codec.ContentDigest;
import io.freshet.store.codec.ContentDigest.Kind;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.codec.RowLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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

/**
 * One lane's RocksDB: its column families, its one atomic write per tick, its reads. The digests of what it holds are
 * kept with every write. Reads and closing exclude each other, since native memory must not be read once it is freed.
 */
final class LaneDatabase implements AutoCloseable {
    /** Column families in the order in which they are opened; a family's place is its index in the handles. */
    enum Family {
        DEFAULT("default", null),
        ROWS("rows", Kind.ROWS),
        OPTIMIZER_STATES("slots", Kind.OPTIMIZER_STATES),
        CO_OCCURRENCES("transitions", Kind.CO_OCCURRENCES),
        HISTORIES("histories", Kind.HISTORIES),
        DENSE("dense", Kind.DENSE),
        OWN("own", Kind.OWN),
        CHANGES("changes", null),
        META("meta", null);

        final byte[] key; // [bytes] UTF-8
        final String text;
        /** What its entries are in the digests; null for what no digest covers. */
        final @Nullable Kind kind;

        Family(String name, @Nullable Kind kind) {
            text = name;
            key = name.getBytes(StandardCharsets.UTF_8);
            this.kind = kind;
        }
    }

    /** Takes entries. */
    @FunctionalInterface
    interface Entries {
        /** An entry, {@code key, value [bytes]}. */
        void entry(byte[] key, byte[] value);
    }

    // Keys of META, [bytes] of UTF-8.
    static final byte[] TICK = utf8("tick"); // of [8]
    static final byte[] DIGEST = utf8("digest"); // of [32]
    static final byte[] CONTENT = utf8("content"); // of [32]
    static final byte[] OWN = utf8("own-content"); // of [32]
    static final byte[] FRONTIER = utf8("frontier"); // of [12 * partitions]
    /** Stands for a value that was not read, {@code [0]}. */
    private static final byte[] UNREAD = {};

    private static final int KEPT_CHANGES = 4096;
    private static final long READAHEAD_BYTES = 2 << 20;

    private final int lane;
    private final StoreLayout layout;
    private final Path directory;
    private final RocksDB db;
    private final List<ColumnFamilyHandle> handles = new ArrayList<>();
    private final WriteOptions writeOptions;
    private final ReadWriteLock use = new ReentrantReadWriteLock();
    private ContentDigest content = new ContentDigest();
    private ContentDigest own = new ContentDigest();
    private final WrittenDigests written = new WrittenDigests();
    private boolean closed;

    LaneDatabase(int lane, Path directory, StoreLayout layout, StoreResources resources, boolean writeAheadLog) {
        this.lane = lane;
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
                    "cannot open lane " + lane + "'s database " + directory + ": " + e.getMessage()
                            + " (if another process holds the lock, stop it or choose another directory)",
                    e);
        }
    }

    /** A text as {@code [bytes]}. */
    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    StoreLayout layout() {
        return layout;
    }

    private interface Action {
        void run() throws RocksDBException;
    }

    /** Every access comes through here, or does the same. */
    private void using(String what, Action action) {
        enter();
        try {
            action.run();
        } catch (RocksDBException e) {
            throw failure(what, e);
        } finally {
            use.readLock().unlock();
        }
    }

    private void enter() {
        use.readLock().lock();
        if (closed) {
            use.readLock().unlock();
            throw new IllegalStateException("lane " + lane + "'s database " + directory + " is closed");
        }
    }

    private IllegalStateException failure(String what, RocksDBException e) {
        return new IllegalStateException(
                what + " failed in lane " + lane + ", directory " + directory + ": " + e.getMessage()
                        + " (a damaged file is not mended: restore or bootstrap the store again)",
                e);
    }

    private ColumnFamilyHandle handle(Family family) {
        return handles.get(family.ordinal());
    }

    private static byte[] tickKey(long tick) {
        return ByteBuffer.allocate(8).putLong(tick).array();
    }

    /** How everything is read once: without pushing out of the cache what is read often. */
    static ReadOptions scanning() {
        return new ReadOptions().setFillCache(false).setReadaheadSize(READAHEAD_BYTES);
    }

    /** Takes up the digests that were kept with what the lane holds. */
    void loadDigests(ReadOptions read) {
        content = kept(read, CONTENT);
        own = kept(read, OWN);
    }

    private ContentDigest kept(ReadOptions read, byte[] key) {
        byte[] kept = get(Family.META, read, key);
        return kept == null ? new ContentDigest() : new ContentDigest(kept);
    }

    /** {@link ContentDigest}, {@code [32]}, of what serving reads, as of the last write; for the writing thread. */
    byte[] contentDigest() {
        return content.toBytes();
    }

    /**
     * Reads everything and compares it with the digests that are kept.
     *
     * @return bytes of keys and values
     * @throws IllegalStateException naming lane and directory, if something is damaged, missing or too much
     */
    long verify(ReadOptions read) {
        return Math.max(0, verify(read, () -> true, content, own));
    }

    /**
     * The same with the digests that stand beside what is read, so that it may be an older state; for any thread.
     *
     * @param goesOn asked between entries: whether to go on
     * @return whether it went on to the end
     */
    boolean verifyKept(ReadOptions read, BooleanSupplier goesOn) {
        return verify(read, goesOn, kept(read, CONTENT), kept(read, OWN)) >= 0;
    }

    /** Gives the bytes of keys and values; -1 if it did not go on to the end. */
    private long verify(ReadOptions read, BooleanSupplier goesOn, ContentDigest content, ContentDigest own) {
        ContentDigest foundContent = new ContentDigest();
        ContentDigest foundOwn = new ContentDigest();
        long[] bytes = new long[1];
        for (Family family : Family.values()) {
            Kind kind = family.kind;
            // What no digest covers is read all the same: a damaged block of it is found now.
            forEach(family, read, goesOn, (key, value) -> {
                if (kind != null) {
                    (isOwn(kind) ? foundOwn : foundContent).add(kind, key, value);
                }
                bytes[0] += key.length + value.length;
            });
        }
        if (!goesOn.getAsBoolean()) {
            return -1;
        }
        LaneDigests.require("content of lane " + lane + " in " + directory, content.toBytes(), foundContent.toBytes());
        LaneDigests.require("own state of lane " + lane + " in " + directory, own.toBytes(), foundOwn.toBytes());
        return bytes[0];
    }

    private static boolean isOwn(Kind kind) {
        return kind == Kind.OPTIMIZER_STATES || kind == Kind.OWN;
    }

    /** Writes all that a tick did here, and the chained {@code digest [32]}, at once. */
    void apply(long tick, Map<Integer, Long> frontier, LaneChanges changes, byte[] digest) {
        LaneWrite write = LaneWrite.of(layout, changes);
        using("write of tick " + tick, () -> {
            try (WriteBatch batch = new WriteBatch()) {
                fill(batch, write);
                batch.put(handle(Family.CHANGES), tickKey(tick), digest);
                batch.put(handle(Family.META), TICK, tickKey(tick));
                batch.put(handle(Family.META), DIGEST, digest);
                batch.put(handle(Family.META), FRONTIER, frontierBytes(frontier));
                db.write(writeOptions, batch);
            } catch (RocksDBException | RuntimeException e) {
                forgetDigests();
                throw e;
            }
        });
    }

    /** Writes {@code tensors [n]} and {@code attributes [bytes]} of the owner's, by name, at once. */
    void writeOwn(Map<String, float[]> tensors, Map<String, byte[]> attributes) {
        LaneWrite write = new LaneWrite();
        tensors.forEach(
                (name, values) -> write.put(Family.OWN, ContentDigest.tensorKey(name), RowLayout.toBytes(values)));
        attributes.forEach((name, value) -> write.put(Family.OWN, ContentDigest.attributeKey(name), value));
        using("write of the owner's state", () -> {
            try (WriteBatch batch = new WriteBatch()) {
                fill(batch, write);
                db.write(writeOptions, batch);
            } catch (RocksDBException | RuntimeException e) {
                forgetDigests();
                throw e;
            }
        });
    }

    /** Puts entries into a batch, with the digests as they are behind it. */
    private void fill(WriteBatch batch, LaneWrite write) throws RocksDBException {
        byte[] @Nullable [] before = replaced(write);
        for (int i = 0; i < write.keys().size(); i++) {
            Family family = write.families().get(i);
            byte[] key = write.keys().get(i);
            byte[] after = write.after(i, before[i]);
            if (WrittenDigests.covers(family)) {
                replaceWritten(family, key, before[i], after);
            } else if (family.kind != null) {
                digestOf(family.kind).replace(family.kind, key, before[i], after);
            }
            if (after == null) {
                batch.delete(handle(family), key);
            } else {
                batch.put(handle(family), key, after);
            }
        }
        batch.put(handle(Family.META), CONTENT, content.toBytes());
        batch.put(handle(Family.META), OWN, own.toBytes());
    }

    private ContentDigest digestOf(Kind kind) {
        return isOwn(kind) ? own : content;
    }

    /** The same as {@link ContentDigest#replace} for an entry whose digest may be known without {@code before}. */
    private void replaceWritten(Family family, byte[] key, byte @Nullable [] before, byte @Nullable [] after)
            throws RocksDBException {
        Kind kind = Objects.requireNonNull(family.kind);
        ContentDigest digest = digestOf(kind);
        int at = written.find(family, key);
        if (at >= 0) {
            digest.subtract(written.words(), at);
        } else {
            // Where it was not read, one of this batch has taken its slot since.
            digest.replace(kind, key, before == UNREAD ? db.get(handle(family), key) : before, null);
        }
        if (after == null) {
            written.remove(family, key);
        } else {
            int to = written.put(family, key);
            digest.write(kind, key, after, written.words(), to);
            digest.add(written.words(), to);
        }
    }

    /**
     * What stands in the place of the entries now, {@code [entries]} of {@code [bytes]}; null where there is nothing,
     * {@link #UNREAD} where it was not read, since its digest is known.
     */
    private byte[] @Nullable [] replaced(LaneWrite write) throws RocksDBException {
        List<ColumnFamilyHandle> families = new ArrayList<>();
        List<byte[]> keys = new ArrayList<>();
        int[] entries = new int[write.keys().size()];
        for (int i = 0; i < write.keys().size(); i++) {
            Family family = write.families().get(i);
            byte[] key = write.keys().get(i);
            if (!WrittenDigests.covers(family) || written.find(family, key) < 0) {
                entries[keys.size()] = i;
                families.add(handle(family));
                keys.add(key);
            }
        }
        byte[] @Nullable [] before = new byte[write.keys().size()][];
        Arrays.fill(before, UNREAD);
        List<byte[]> found = keys.isEmpty() ? List.of() : db.multiGetAsList(families, keys);
        for (int n = 0; n < found.size(); n++) {
            // RocksDB's multi-get gives nothing for what it cannot read; a get says so.
            byte @Nullable [] value = found.get(n);
            before[entries[n]] = value != null ? value : db.get(families.get(n), keys.get(n));
        }
        return before;
    }

    /** A write that failed may have moved the digests already. */
    private void forgetDigests() throws RocksDBException {
        written.clear();
        byte[] keptContent = db.get(handle(Family.META), CONTENT);
        byte[] keptOwn = db.get(handle(Family.META), OWN);
        content = keptContent == null ? new ContentDigest() : new ContentDigest(keptContent);
        own = keptOwn == null ? new ContentDigest() : new ContentDigest(keptOwn);
    }

    /** Forgets change records beyond the kept number; cheap, now and then. */
    void trimChanges() {
        using("trimming of changes", () -> {
            try (RocksIterator it = db.newIterator(handle(Family.CHANGES))) {
                it.seekToLast();
                for (int kept = 0; it.isValid() && kept < KEPT_CHANGES; kept++) {
                    it.prev();
                }
                it.status();
                if (it.isValid()) {
                    db.deleteRange(handle(Family.CHANGES), writeOptions, tickKey(0), it.key());
                }
            }
        });
    }

    /** A frontier as {@code [12 * partitions]} bytes: {@code i32 partition | i64 offset} each. */
    static byte[] frontierBytes(Map<Integer, Long> frontier) {
        ByteBuffer bytes = ByteBuffer.allocate(12 * frontier.size());
        frontier.forEach((partition, offset) -> bytes.putInt(partition).putLong(offset));
        return bytes.array();
    }

    /** The value, {@code [bytes]}, at {@code key [bytes]}; null if there is none. */
    byte @Nullable [] get(Family family, ReadOptions read, byte[] key) {
        enter();
        try {
            return db.get(handle(family), read, key);
        } catch (RocksDBException e) {
            throw failure("read from column family " + family.text, e);
        } finally {
            use.readLock().unlock();
        }
    }

    /** The value, {@code [bytes]}, of a user or an item; null if there is none. */
    byte @Nullable [] get(Family family, ReadOptions read, long id) {
        return get(family, read, ContentDigest.key(layout, id));
    }

    /**
     * Visits a family's entries in key order.
     *
     * @throws IllegalStateException naming lane, family and directory, if not all of them can be read
     */
    void forEach(Family family, ReadOptions read, Entries visitor) {
        forEach(family, read, () -> true, visitor);
    }

    private void forEach(Family family, ReadOptions read, BooleanSupplier goesOn, Entries visitor) {
        using("reading through column family " + family.text, () -> {
            try (RocksIterator it = db.newIterator(handle(family), read)) {
                for (it.seekToFirst(); it.isValid() && goesOn.getAsBoolean(); it.next()) {
                    visitor.entry(it.key(), it.value());
                }
                // An iterator ends at what it cannot read as it does at the last entry.
                it.status();
            }
        });
    }

    /**
     * Visits rows with their optimizer states in key order.
     *
     * @throws IllegalStateException naming lane, family and directory, if not all of them can be read, or a row has no
     *     optimizer state or an optimizer state no row
     */
    void forEachRow(ReadOptions read, Consumer<RowChange> visitor) {
        using("reading through column families rows and slots", () -> {
            try (RocksIterator rows = db.newIterator(handle(Family.ROWS), read);
                    RocksIterator optimizerStates = db.newIterator(handle(Family.OPTIMIZER_STATES), read)) {
                optimizerStates.seekToFirst();
                for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                    byte[] key = rows.key();
                    if (!optimizerStates.isValid() || !Arrays.equals(key, optimizerStates.key())) {
                        rows.status();
                        optimizerStates.status();
                        throw unpaired(key, optimizerStates.isValid() ? optimizerStates.key() : null);
                    }
                    visitor.accept(new RowChange(
                            RowLayout.rowFrom(rows.value()), RowLayout.optimizerStateFrom(optimizerStates.value())));
                    optimizerStates.next();
                }
                rows.status();
                optimizerStates.status();
                if (optimizerStates.isValid()) {
                    throw unpaired(null, optimizerStates.key());
                }
            }
        });
    }

    private IllegalStateException unpaired(byte @Nullable [] row, byte @Nullable [] optimizerState) {
        HexFormat hex = HexFormat.of();
        return new IllegalStateException("lane " + lane + " in " + directory + ": column family rows has "
                + (row == null ? "no more" : "key " + hex.formatHex(row)) + " where slots has "
                + (optimizerState == null ? "no more" : "key " + hex.formatHex(optimizerState))
                + "; every row has an optimizer state there. Restore or bootstrap the store again");
    }

    ReadOptions snapshot() {
        enter();
        try {
            return new ReadOptions().setSnapshot(db.getSnapshot());
        } finally {
            use.readLock().unlock();
        }
    }

    void release(ReadOptions read) {
        use.readLock().lock();
        try {
            if (!closed && read.snapshot() != null) {
                db.releaseSnapshot(read.snapshot());
            }
        } finally {
            use.readLock().unlock();
        }
        read.close();
    }

    /** Flushes, and hard-links all files into a directory that must not exist yet. */
    void checkpoint(Path target) {
        using("checkpoint to " + target, () -> {
            try (Checkpoint checkpoint = Checkpoint.create(db)) {
                checkpoint.createCheckpoint(target.toString());
            }
        });
    }

    /** Waits for reads under way. */
    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            handles.forEach(ColumnFamilyHandle::close);
            db.close();
            writeOptions.close();
        } finally {
            use.writeLock().unlock();
        }
    }
}
