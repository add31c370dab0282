package io.freshet.store.rocksdb;

import io.freshet.store.AppliedTick;
import io.freshet.store.Checkpointable;
import io.freshet.store.CoOccurrenceVisitor;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.History;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneRange;
import io.freshet.store.RowChange;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.codec.Sha256;
import io.freshet.store.directory.LocalDirectory;
import io.freshet.store.directory.StoreDirectory;
import io.freshet.store.rocksdb.LaneDatabase.Family;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store in RocksDB, one database per lane held under {@code lane-NN}. A tick is one write batch in every lane;
 * lanes are written one after the other, so a process that dies in between leaves lanes at different ticks, and opening
 * refuses that: a learner is restored from its snapshot anyway, a follower bootstraps again.
 */
public final class RocksStore implements EmbeddingStore, Checkpointable {
    private static final Logger LOG = LoggerFactory.getLogger(RocksStore.class);
    private static final int TRIM_EVERY = 1024;

    private final StoreLayout layout;
    private final LaneRange held;
    private final StoreResources resources;
    /** One entry per lane held, in lane order. */
    private final List<LaneDatabase> lanes = new ArrayList<>();

    private final RocksReader live;
    private final String opening = UUID.randomUUID().toString().substring(0, 8);
    private long tick;
    /** {@code [lanes][32]}; empty for lanes that are not held. */
    private byte[][] digests;

    private int appliedSinceTrim;
    private int openViews;
    private boolean closed;

    private RocksStore(Path directory, StoreLayout layout, LaneRange held, StoreOptions options, boolean there) {
        this.layout = layout;
        this.held = held;
        resources = new StoreResources(options);
        List<ReadOptions> reads = new ArrayList<>();
        for (int lane = held.from(); lane < held.to(); lane++) {
            try {
                lanes.add(new LaneDatabase(
                        lane, StoreDirectory.lane(directory, lane), layout, resources, options.writeAheadLog()));
            } catch (RuntimeException e) {
                lanes.forEach(LaneDatabase::close);
                reads.forEach(ReadOptions::close);
                resources.close();
                throw e;
            }
            reads.add(new ReadOptions());
        }
        live = new RocksReader(layout, held, lanes, reads, () -> reads.forEach(ReadOptions::close));
        digests = new byte[layout.lanes()][0];
        try {
            load(directory);
            if (there) {
                verify(directory);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void load(Path directory) {
        tick = live.tick();
        for (int lane = held.from(); lane < held.to(); lane++) {
            long other = live.tickOf(lane);
            if (other != tick) {
                throw new IllegalStateException("lane " + held.from() + " of " + directory + " is at tick " + tick
                        + " but lane " + lane + " at " + other + ": the process died between two lanes' writes;"
                        + " discard this directory and restore or bootstrap it again");
            }
            digests[lane] = live.digestOf(lane);
        }
        try (ReadOptions read = new ReadOptions()) {
            lanes.forEach(lane -> lane.loadDigests(read));
        }
    }

    /** What another process left, or a snapshot brought, is read once as a whole before anybody relies on it. */
    private void verify(Path directory) {
        long start = System.nanoTime();
        long bytes = scan();
        double seconds = (System.nanoTime() - start) * 1e-9;
        LOG.info(
                "{} at tick {}: all of its {} MB have the digests kept with them ({} ms, {} MB/s)",
                directory,
                tick,
                bytes / 1_000_000,
                Math.round(seconds * 1000),
                Math.round(bytes / 1e6 / seconds));
        Map<Integer, LaneDigests> found = new TreeMap<>();
        for (int lane = held.from(); lane < held.to(); lane++) {
            found.put(lane, LaneDigests.of(digests[lane], contentDigest(lane), ownDigest(lane)));
        }
        StoreDirectory.compareRestored(directory, tick, found);
    }

    /** Compares everything with its digests; gives the bytes of keys and values. */
    private long scan() {
        long bytes = 0;
        try (ReadOptions read = LaneDatabase.scanning()) {
            for (LaneDatabase lane : lanes) {
                bytes += lane.verify(read);
            }
        }
        return bytes;
    }

    @Override
    public synchronized void verifyContent() {
        scan();
    }

    @Override
    public byte[] contentDigest(int lane) {
        return live.contentDigest(lane);
    }

    @Override
    public byte[] ownDigest(int lane) {
        return live.ownDigest(lane);
    }

    /** Opens a store with all lanes, or creates it in an empty directory, as {@link #open(Path, StoreLayout,
     * LaneRange, StoreOptions)}. */
    public static RocksStore open(Path directory, StoreLayout layout, StoreOptions options) {
        return open(directory, layout, LaneRange.all(layout), options);
    }

    /**
     * Opens a store that holds some lanes, or creates it in an empty directory.
     *
     * <p>A store that is there is read as a whole, and compared with the digests kept in it and, when it was just
     * restored, with its snapshot's.
     *
     * @throws IllegalStateException if the directory holds something else, a store of another format, layout or of
     *     other lanes, is damaged, or is in use
     */
    public static RocksStore open(Path directory, StoreLayout layout, LaneRange held, StoreOptions options) {
        boolean there = StoreDirectory.prepare(directory, layout, held);
        return new RocksStore(directory, layout, held, options, there);
    }

    @Override
    public synchronized AppliedTick apply(TickChanges changes) {
        if (changes.tick() <= tick) {
            throw new IllegalStateException("tick " + changes.tick() + " is not after tick " + tick);
        }
        changes.requireLanes(layout);
        byte[][] after = new byte[layout.lanes()][0];
        byte[][] contents = new byte[layout.lanes()][0];
        byte[][] bytes = new byte[layout.lanes()][0];
        for (int lane = held.from(); lane < held.to(); lane++) {
            LaneChanges mine = changes.lanes().get(lane);
            bytes[lane] = LaneChangesCodec.encode(changes.tick(), changes.frontier(), mine);
            after[lane] = LaneChangesCodec.chain(digests[lane], bytes[lane]);
            lane(lane).apply(changes.tick(), new TreeMap<>(changes.frontier()), mine, after[lane]);
            contents[lane] = lane(lane).contentDigest();
        }
        digests = after;
        tick = changes.tick();
        if (++appliedSinceTrim == TRIM_EVERY) {
            appliedSinceTrim = 0;
            lanes.forEach(LaneDatabase::trimChanges);
        }
        return new AppliedTick(copyOf(after), contents, bytes);
    }

    private LaneDatabase lane(int lane) {
        held.require(lane);
        return lanes.get(lane - held.from());
    }

    private static byte[][] copyOf(byte[][] digests) {
        byte[][] copy = new byte[digests.length][];
        for (int lane = 0; lane < copy.length; lane++) {
            copy[lane] = digests[lane].clone();
        }
        return copy;
    }

    @Override
    public synchronized byte[][] digests() {
        return copyOf(digests);
    }

    @Override
    public synchronized byte @Nullable [][] digestsAt(long at) {
        byte[][] found = new byte[layout.lanes()][0];
        for (int lane = held.from(); lane < held.to(); lane++) {
            byte[] digest = live.digestAt(lane, at);
            if (digest == null) {
                return null;
            }
            found[lane] = digest;
        }
        return found;
    }

    @Override
    public synchronized void writeOwnState(int lane, Map<String, float[]> tensors, Map<String, byte[]> attributes) {
        lane(lane).writeOwn(tensors, attributes);
    }

    @Override
    public synchronized StateView view() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
        List<ReadOptions> reads = lanes.stream().map(LaneDatabase::snapshot).toList();
        openViews++;
        return new RocksReader(layout, held, lanes, reads, () -> release(reads));
    }

    private synchronized void release(List<ReadOptions> reads) {
        openViews--;
        if (!closed) {
            for (int i = 0; i < lanes.size(); i++) {
                lanes.get(i).release(reads.get(i));
            }
        }
    }

    /** Flushes, and hard-links the files of every lane held. */
    @Override
    public synchronized void checkpoint(Path target) {
        try {
            LocalDirectory.create(target);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create " + target, e);
        }
        for (int lane = held.from(); lane < held.to(); lane++) {
            lane(lane).checkpoint(StoreDirectory.lane(target, lane));
        }
    }

    @Override
    public String opening() {
        return opening;
    }

    @Override
    public byte[] stateDigest() {
        MessageDigest sha = Sha256.digest();
        try (RocksReader view = (RocksReader) view()) {
            view.forEachValue(Family.ROWS, sha::update);
            view.forEachValue(Family.CO_OCCURRENCES, sha::update);
            view.forEachValue(Family.HISTORIES, sha::update);
            view.forEachValue(Family.DENSE, sha::update);
        }
        return sha.digest();
    }

    @Override
    public StoreLayout layout() {
        return layout;
    }

    @Override
    public LaneRange held() {
        return held;
    }

    @Override
    public synchronized long tick() {
        return tick;
    }

    @Override
    public Map<Integer, Long> frontier() {
        return live.frontier();
    }

    @Override
    public @Nullable History history(long user) {
        return live.history(user);
    }

    @Override
    public @Nullable RowChange row(long item) {
        return live.row(item);
    }

    @Override
    public void forEachRow(Consumer<RowChange> visitor) {
        live.forEachRow(visitor);
    }

    @Override
    public void forEachCoOccurrence(CoOccurrenceVisitor visitor) {
        live.forEachCoOccurrence(visitor);
    }

    @Override
    public float @Nullable [] dense(int lane, String name) {
        return live.dense(lane, name);
    }

    @Override
    public byte @Nullable [] attribute(int lane, String name) {
        return live.attribute(lane, name);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        if (openViews > 0) {
            LOG.warn("store closed with {} views still open; they cannot be read any more", openViews);
        }
        closed = true;
        live.close();
        lanes.forEach(LaneDatabase::close);
        resources.close();
    }
}
