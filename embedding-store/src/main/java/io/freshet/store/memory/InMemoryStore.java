package io.freshet.store.memory;

import io.freshet.store.AppliedTick;
import io.freshet.store.Checkpointable;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.CoOccurrenceVisitor;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.History;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneRange;
import io.freshet.store.RowChange;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.CoOccurrenceLayout;
import io.freshet.store.codec.HistoryLayout;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.codec.RowLayout;
import io.freshet.store.codec.Sha256;
import io.freshet.store.directory.LocalDirectory;
import io.freshet.store.directory.StoreDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The store on the heap: the twin of the real one, for tests and for evaluation without a disk. Snapshots are taken of
 * it as of the real one, on any file system.
 */
public final class InMemoryStore implements EmbeddingStore, Checkpointable {
    private static final int KEPT_DIGESTS = 4096;

    private final StoreLayout layout;
    private final LaneRange held;
    private final String opening;
    private final List<HeapLane> lanes = new ArrayList<>();
    /** {@link #digests} after recent ticks, by tick, {@code [lanes][32]} each. */
    private final LinkedHashMap<Long, byte[][]> history = new LinkedHashMap<>();
    /** {@code [lanes][32]}; empty for lanes that are not held. */
    private byte[][] digests;

    private Map<Integer, Long> frontier = new TreeMap<>();
    private long tick = -1;

    /** Holds all lanes. */
    public InMemoryStore(StoreLayout layout) {
        this(layout, LaneRange.all(layout));
    }

    /** Holds some lanes. */
    public InMemoryStore(StoreLayout layout, LaneRange held) {
        this(layout, held, "heap");
    }

    /**
     * Holds some lanes.
     *
     * @param opening name of this opening, in the names of a snapshot's files
     */
    public InMemoryStore(StoreLayout layout, LaneRange held, String opening) {
        held.requireWithin(layout);
        this.opening = opening;
        this.layout = layout;
        this.held = held;
        digests = new byte[layout.lanes()][0];
        for (int lane = held.from(); lane < held.to(); lane++) {
            lanes.add(new HeapLane(layout));
            digests[lane] = new byte[32];
        }
    }

    private InMemoryStore(InMemoryStore other) {
        layout = other.layout;
        held = other.held;
        opening = other.opening;
        other.lanes.forEach(lane -> lanes.add(lane.copy()));
        history.putAll(other.history);
        digests = other.digests.clone();
        frontier = other.frontier;
        tick = other.tick;
    }

    /**
     * A store of some lanes, put together from copies of what other stores of the same tick hold.
     *
     * @throws IllegalArgumentException if none of them holds a lane, or one is at another tick
     */
    public static InMemoryStore of(LaneRange held, List<InMemoryStore> parts) {
        InMemoryStore whole = new InMemoryStore(parts.get(0).layout, held);
        whole.tick = parts.get(0).tick;
        whole.frontier = parts.get(0).frontier;
        for (int lane = held.from(); lane < held.to(); lane++) {
            int wanted = lane;
            InMemoryStore from = parts.stream()
                    .filter(part -> part.held.contains(wanted) && part.tick == whole.tick)
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "lane " + wanted + " at tick " + whole.tick + " is in none of the stores"));
            whole.lanes.set(lane - held.from(), from.lane(lane).copy());
            whole.digests[lane] = from.digests[lane].clone();
            from.history.forEach((at, digests) ->
                    whole.history.computeIfAbsent(at, tick -> new byte[whole.layout.lanes()][0])[wanted] =
                            digests[wanted]);
        }
        return whole;
    }

    /**
     * Opens a store that holds some lanes from a directory to which they were restored; an empty one if the directory
     * is empty. What is learned after that stays on the heap.
     *
     * @param opening as in the constructor
     * @throws IllegalStateException if the directory holds something else, a store of another layout or of other
     *     lanes, or is damaged
     */
    public static InMemoryStore open(Path directory, StoreLayout layout, LaneRange held, String opening) {
        StoreDirectory.prepare(directory, layout, held);
        InMemoryStore store = new InMemoryStore(layout, held, opening);
        for (int lane = held.from(); lane < held.to(); lane++) {
            store.read(lane, new HeapLaneFiles(layout, StoreDirectory.lane(directory, lane)));
        }
        Map<Integer, LaneDigests> found = new TreeMap<>();
        for (int lane = held.from(); lane < held.to(); lane++) {
            found.put(lane, LaneDigests.of(store.digests[lane], store.contentDigest(lane), store.ownDigest(lane)));
        }
        StoreDirectory.compareRestored(directory, store.tick, found);
        return store;
    }

    private void read(int lane, HeapLaneFiles files) {
        if (!files.exist()) {
            return;
        }
        HeapLaneFiles.Header header;
        try {
            header = files.read(lane(lane));
        } catch (IOException e) {
            throw new UncheckedIOException("lane " + lane + " cannot be read", e);
        }
        if (lane > held.from() && tick != header.tick()) {
            throw new IllegalStateException(
                    "lane " + held.from() + " is at tick " + tick + " but lane " + lane + " at " + header.tick());
        }
        tick = header.tick();
        frontier = header.frontier();
        digests[lane] = header.digest();
        header.kept()
                .forEach(
                        (at, digest) -> history.computeIfAbsent(at, key -> new byte[layout.lanes()][0])[lane] = digest);
    }

    @Override
    public String opening() {
        return opening;
    }

    @Override
    public synchronized void checkpoint(Path target) {
        try {
            for (int lane = held.from(); lane < held.to(); lane++) {
                Path directory = LocalDirectory.create(StoreDirectory.lane(target, lane));
                Map<Long, byte[]> kept = new TreeMap<>();
                for (Map.Entry<Long, byte[][]> entry : history.entrySet()) {
                    kept.put(entry.getKey(), entry.getValue()[lane]);
                }
                HeapLaneFiles.Header header = new HeapLaneFiles.Header(tick, digests[lane], frontier, kept);
                new HeapLaneFiles(layout, directory).write(header, lane(lane));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoint to " + target + " failed", e);
        }
    }

    /** A copy that goes its own way. */
    public synchronized InMemoryStore copy() {
        return new InMemoryStore(this);
    }

    private HeapLane lane(int lane) {
        held.require(lane);
        return lanes.get(lane - held.from());
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
            lane(lane).apply(mine);
            contents[lane] = lane(lane).contentDigest();
        }
        digests = after;
        history.put(changes.tick(), after);
        if (history.size() > KEPT_DIGESTS) {
            history.remove(history.keySet().iterator().next());
        }
        frontier = new TreeMap<>(changes.frontier());
        tick = changes.tick();
        return new AppliedTick(copyOf(after), contents, bytes);
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
        byte[][] kept = history.get(at);
        return kept == null ? null : copyOf(kept);
    }

    @Override
    public synchronized void writeOwnState(int lane, Map<String, float[]> tensors, Map<String, byte[]> values) {
        Map<String, float[]> copied = new TreeMap<>();
        tensors.forEach((name, tensor) -> copied.put(name, tensor.clone()));
        lane(lane).putOwn(copied, values);
    }

    @Override
    public synchronized byte[] contentDigest(int lane) {
        return lane(lane).contentDigest();
    }

    @Override
    public synchronized byte[] ownDigest(int lane) {
        return lane(lane).ownDigest();
    }

    @Override
    public synchronized void verifyContent() {
        for (int lane = held.from(); lane < held.to(); lane++) {
            verify(lane);
        }
    }

    private void verify(int lane) {
        HeapLane scanned = lane(lane).scanned();
        LaneDigests.require("content of lane " + lane, contentDigest(lane), scanned.contentDigest());
        LaneDigests.require("own state of lane " + lane, ownDigest(lane), scanned.ownDigest());
    }

    @Override
    public synchronized StateView view() {
        return new FrozenView(new InMemoryStore(this));
    }

    @Override
    public synchronized byte[] stateDigest() {
        MessageDigest sha = Sha256.digest();
        lanes.forEach(lane -> lane.inOrder(lane.rows).forEach(change -> sha.update(RowLayout.toBytes(change.row()))));
        lanes.forEach(
                lane -> lane.inOrder(lane.coOccurrences).forEach(row -> sha.update(CoOccurrenceLayout.toBytes(row))));
        lanes.forEach(lane -> lane.inOrder(lane.histories).forEach(h -> sha.update(HistoryLayout.toBytes(h))));
        lanes.forEach(lane -> lane.dense.forEach((name, values) -> {
            sha.update(name.getBytes(StandardCharsets.UTF_8));
            sha.update(RowLayout.toBytes(values));
        }));
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
    public synchronized Map<Integer, Long> frontier() {
        return frontier;
    }

    @Override
    public synchronized @Nullable History history(long user) {
        return lane(layout.laneOf(user)).histories.get(user);
    }

    @Override
    public synchronized @Nullable RowChange row(long item) {
        return lane(layout.laneOf(item)).rows.get(item);
    }

    @Override
    public void forEachRow(Consumer<RowChange> visitor) {
        List<RowChange> all = new ArrayList<>();
        synchronized (this) {
            lanes.forEach(lane -> all.addAll(lane.inOrder(lane.rows)));
        }
        all.forEach(visitor);
    }

    @Override
    public void forEachCoOccurrence(CoOccurrenceVisitor visitor) {
        List<List<CoOccurrenceRow>> all = new ArrayList<>();
        synchronized (this) {
            lanes.forEach(lane -> all.add(lane.inOrder(lane.coOccurrences)));
        }
        for (int i = 0; i < all.size(); i++) {
            int lane = held.from() + i;
            all.get(i).forEach(row -> visitor.visit(lane, row));
        }
    }

    @Override
    public synchronized float @Nullable [] dense(int lane, String name) {
        HeapLane from = lane(lane);
        float[] values = from.own.getOrDefault(name, from.dense.get(name));
        return values == null ? null : values.clone();
    }

    @Override
    public synchronized byte @Nullable [] attribute(int lane, String name) {
        return lane(lane).attributes.get(name);
    }

    @Override
    public void close() {
        // Nothing but heap.
    }

    /** A copy behind the reading half of the contract. */
    private record FrozenView(InMemoryStore copy) implements StateView {
        @Override
        public StoreLayout layout() {
            return copy.layout;
        }

        @Override
        public LaneRange held() {
            return copy.held;
        }

        @Override
        public long tick() {
            return copy.tick();
        }

        @Override
        public Map<Integer, Long> frontier() {
            return copy.frontier();
        }

        @Override
        public byte[] contentDigest(int lane) {
            return copy.contentDigest(lane);
        }

        @Override
        public boolean verifyContent(int lane, BooleanSupplier goesOn) {
            if (!goesOn.getAsBoolean()) {
                return false;
            }
            copy.verify(lane);
            return true;
        }

        @Override
        public @Nullable History history(long user) {
            return copy.history(user);
        }

        @Override
        public @Nullable RowChange row(long item) {
            return copy.row(item);
        }

        @Override
        public void forEachRow(Consumer<RowChange> visitor) {
            copy.forEachRow(visitor);
        }

        @Override
        public void forEachCoOccurrence(CoOccurrenceVisitor visitor) {
            copy.forEachCoOccurrence(visitor);
        }

        @Override
        public float @Nullable [] dense(int lane, String name) {
            return copy.dense(lane, name);
        }

        @Override
        public byte @Nullable [] attribute(int lane, String name) {
            return copy.attribute(lane, name);
        }

        @Override
        public void close() {
            // Nothing but heap.
        }
    }
}
