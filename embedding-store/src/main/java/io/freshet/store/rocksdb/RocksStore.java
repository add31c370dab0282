package io.freshet.store.rocksdb;

import io.freshet.store.AppliedTick;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.History;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneChangesCodec;
import io.freshet.store.RowChange;
import io.freshet.store.RowLayout;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.TransitionRow;
import io.freshet.store.rocksdb.LaneDatabase.Family;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;

/**
 * The store in RocksDB, one database per lane under {@code lane-NN}. A tick is one write batch in every lane; lanes are
 * written one after the other, so a process that dies in between leaves lanes at different ticks, and opening refuses
 * that: a learner is restored from its snapshot anyway, a follower bootstraps again.
 */
public final class RocksStore implements EmbeddingStore {
    private static final int TRIM_EVERY = 1024;

    private final StoreLayout layout;
    private final StoreResources resources;
    private final LaneDatabase[] lanes;
    private final RocksReader live;
    private final String incarnation = UUID.randomUUID().toString().substring(0, 8);
    private long tick;
    private byte[][] digests;
    private int appliedSinceTrim;
    private int openViews;
    private boolean closed;

    private RocksStore(Path directory, StoreLayout layout, StoreOptions options) {
        this.layout = layout;
        resources = new StoreResources(options);
        lanes = new LaneDatabase[layout.lanes()];
        ReadOptions[] reads = new ReadOptions[lanes.length];
        for (int lane = 0; lane < lanes.length; lane++) {
            try {
                lanes[lane] =
                        new LaneDatabase(laneDirectory(directory, lane), layout, resources, options.writeAheadLog());
            } catch (RuntimeException e) {
                for (int opened = 0; opened < lane; opened++) {
                    lanes[opened].close();
                    reads[opened].close();
                }
                resources.close();
                throw e;
            }
            reads[lane] = new ReadOptions();
        }
        live = new RocksReader(layout, lanes, reads, () -> {
            for (ReadOptions read : reads) {
                read.close();
            }
        });
        digests = new byte[lanes.length][];
        load(directory);
    }

    private void load(Path directory) {
        tick = live.tickOf(0);
        for (int lane = 0; lane < lanes.length; lane++) {
            if (live.tickOf(lane) != tick) {
                long other = live.tickOf(lane);
                close();
                throw new IllegalStateException("lane 0 of " + directory + " is at tick " + tick + " but lane " + lane
                        + " at " + other + ": the process died between two lanes' writes;"
                        + " discard this directory and restore or bootstrap it again");
            }
            digests[lane] = live.digestOf(lane);
        }
    }

    /** Directory of a lane's database. */
    public static Path laneDirectory(Path directory, int lane) {
        return directory.resolve(String.format(java.util.Locale.ROOT, "lane-%02d", lane));
    }

    /**
     * Opens a store, or creates it in an empty directory.
     *
     * @throws IllegalStateException if the directory holds something else, a store of another layout, or is in use
     */
    public static RocksStore open(Path directory, StoreLayout layout, StoreOptions options) {
        Path marker = directory.resolve("STORE");
        String text = "freshet-store 2 " + layout;
        try {
            Files.createDirectories(directory);
            if (Files.exists(marker)) {
                String found = Files.readString(marker).strip();
                if (!found.equals(text)) {
                    throw new IllegalStateException(
                            "store " + directory + " was created as '" + found + "', asked for as '" + text + "'");
                }
            } else {
                try (var files = Files.list(directory)) {
                    if (files.findAny().isPresent()) {
                        throw new IllegalStateException("directory " + directory
                                + " is neither empty nor a Freshet store (no file STORE); it is left as it is");
                    }
                }
                for (int lane = 0; lane < layout.lanes(); lane++) {
                    Files.createDirectories(laneDirectory(directory, lane));
                }
                Files.writeString(marker, text + "\n");
            }
            for (int lane = 0; lane < layout.lanes(); lane++) {
                if (!Files.isDirectory(laneDirectory(directory, lane))) {
                    throw new IllegalStateException("store " + directory + " lacks "
                            + laneDirectory(directory, lane).getFileName()
                            + "; it is not filled with nothing: restore or bootstrap the store again");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the store directory " + directory, e);
        }
        return new RocksStore(directory, layout, options);
    }

    @Override
    public synchronized AppliedTick apply(TickChanges changes) {
        if (changes.tick() <= tick) {
            throw new IllegalStateException("tick " + changes.tick() + " is not after tick " + tick);
        }
        changes.requireLanes(layout);
        byte[][] after = new byte[lanes.length][];
        byte[][] bytes = new byte[lanes.length][];
        for (LaneChanges lane : changes.lanes()) {
            byte[] encoded = LaneChangesCodec.encode(changes.tick(), changes.frontier(), lane);
            bytes[lane.lane()] = encoded;
            after[lane.lane()] = LaneChangesCodec.chain(digests[lane.lane()], encoded);
            lanes[lane.lane()].apply(changes.tick(), new TreeMap<>(changes.frontier()), lane, after[lane.lane()]);
        }
        digests = after;
        tick = changes.tick();
        if (++appliedSinceTrim == TRIM_EVERY) {
            appliedSinceTrim = 0;
            for (LaneDatabase lane : lanes) {
                lane.trimChanges();
            }
        }
        return new AppliedTick(copyOf(after), bytes);
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
        byte[][] found = new byte[lanes.length][];
        for (int lane = 0; lane < lanes.length; lane++) {
            byte[] digest = live.digestAt(lane, at);
            if (digest == null) {
                return null;
            }
            found[lane] = digest;
        }
        return found;
    }

    @Override
    public synchronized void writeOwnState(Map<String, float[]> tensors, Map<String, byte[]> attributes) {
        tensors.forEach((name, values) ->
                lanes[0].put(Family.OWN, LaneDatabase.utf8("tensor/" + name), RowLayout.toBytes(values)));
        attributes.forEach((name, value) -> lanes[0].put(Family.OWN, LaneDatabase.utf8("attribute/" + name), value));
    }

    @Override
    public synchronized StateView view() {
        if (closed) {
            throw new IllegalStateException("the store is closed");
        }
        ReadOptions[] reads = new ReadOptions[lanes.length];
        for (int lane = 0; lane < lanes.length; lane++) {
            reads[lane] = lanes[lane].snapshot();
        }
        openViews++;
        return new RocksReader(layout, lanes, reads, () -> release(reads));
    }

    private synchronized void release(ReadOptions[] reads) {
        openViews--;
        if (!closed) {
            for (int lane = 0; lane < lanes.length; lane++) {
                lanes[lane].release(reads[lane]);
            }
        }
    }

    /** Hard-links a consistent copy of every lane under {@code target}, {@code lane-NN}; part of taking a snapshot. */
    public synchronized void checkpoint(Path target) {
        try {
            Files.createDirectories(target);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create " + target, e);
        }
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane].checkpoint(laneDirectory(target, lane));
        }
    }

    /** Tells this opening of the store from any other: file names repeat after a restore. */
    public String incarnation() {
        return incarnation;
    }

    @Override
    public byte[] stateDigest() {
        MessageDigest sha;
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        try (RocksReader view = (RocksReader) view()) {
            view.forEachValue(Family.ROWS, sha::update);
            view.forEachValue(Family.TRANSITIONS, sha::update);
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
    public void forEachTransition(Consumer<TransitionRow> visitor) {
        live.forEachTransition(visitor);
    }

    @Override
    public float @Nullable [] dense(String name) {
        return live.dense(name);
    }

    @Override
    public byte @Nullable [] attribute(String name) {
        return live.attribute(name);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        if (openViews > 0) {
            org.slf4j.LoggerFactory.getLogger(RocksStore.class)
                    .warn("store closed with {} views still open; they cannot be read any more", openViews);
        }
        closed = true;
        live.close();
        for (LaneDatabase lane : lanes) {
            lane.close();
        }
        resources.close();
    }
}
