package io.freshet.store;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The store on the heap: the twin of the real one, for tests and for evaluation without a disk. */
public final class InMemoryStore implements EmbeddingStore {
    private static final int KEPT_DIGESTS = 4096;

    private final StoreLayout layout;
    private final Comparator<Long> keyOrder;
    private final TreeMap<Long, RowChange> rows;
    private final TreeMap<Long, TransitionRow> transitions;
    private final TreeMap<Long, History> histories;
    private final TreeMap<String, float[]> dense = new TreeMap<>();
    private final TreeMap<String, float[]> own = new TreeMap<>();
    private final TreeMap<String, byte[]> attributes = new TreeMap<>();
    private final LinkedHashMap<Long, byte[][]> history = new LinkedHashMap<>();
    private byte[][] digests;
    private Map<Integer, Long> frontier = new TreeMap<>();
    private long tick = -1;

    public InMemoryStore(StoreLayout layout) {
        this.layout = layout;
        keyOrder = Comparator.<Long>comparingInt(layout::keyGroupOf).thenComparing(Long::compareUnsigned);
        rows = new TreeMap<>(keyOrder);
        transitions = new TreeMap<>(keyOrder);
        histories = new TreeMap<>(keyOrder);
        digests = new byte[layout.lanes()][32];
    }

    private InMemoryStore(InMemoryStore other) {
        this(other.layout);
        rows.putAll(other.rows);
        transitions.putAll(other.transitions);
        histories.putAll(other.histories);
        dense.putAll(other.dense);
        own.putAll(other.own);
        attributes.putAll(other.attributes);
        history.putAll(other.history);
        digests = other.digests.clone();
        frontier = other.frontier;
        tick = other.tick;
    }

    /** A copy that goes its own way. */
    public synchronized InMemoryStore copy() {
        return new InMemoryStore(this);
    }

    @Override
    public synchronized AppliedTick apply(TickChanges changes) {
        if (changes.tick() <= tick) {
            throw new IllegalStateException("tick " + changes.tick() + " is not after tick " + tick);
        }
        changes.requireLanes(layout);
        byte[][] after = new byte[layout.lanes()][];
        byte[][] bytes = new byte[layout.lanes()][];
        for (LaneChanges lane : changes.lanes()) {
            byte[] encoded = LaneChangesCodec.encode(changes.tick(), changes.frontier(), lane);
            bytes[lane.lane()] = encoded;
            after[lane.lane()] = LaneChangesCodec.chain(digests[lane.lane()], encoded);
            lane.rows().forEach(change -> rows.put(change.row().item(), change));
            lane.transitions().forEach(row -> transitions.put(row.item(), row));
            lane.removed().forEach(rows::remove);
            lane.removed().forEach(transitions::remove);
            for (HistoryAppend append : lane.histories()) {
                histories.merge(
                        append.user(),
                        HistoryLayout.append(null, append, layout.historyLength()),
                        (before, ignored) -> HistoryLayout.append(before, append, layout.historyLength()));
            }
            lane.dense()
                    .forEach(tensor -> dense.put(tensor.name(), tensor.values().clone()));
        }
        digests = after;
        history.put(changes.tick(), after);
        if (history.size() > KEPT_DIGESTS) {
            history.remove(history.keySet().iterator().next());
        }
        frontier = new TreeMap<>(changes.frontier());
        tick = changes.tick();
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
        byte[][] kept = history.get(at);
        return kept == null ? null : copyOf(kept);
    }

    @Override
    public synchronized void writeOwnState(Map<String, float[]> tensors, Map<String, byte[]> values) {
        own.putAll(tensors);
        attributes.putAll(values);
    }

    @Override
    public synchronized StateView view() {
        return new FrozenView(new InMemoryStore(this));
    }

    @Override
    public synchronized byte[] stateDigest() {
        MessageDigest sha = LaneChangesCodec.sha256();
        rows.values().forEach(change -> sha.update(RowLayout.toBytes(change.row())));
        transitions.values().forEach(row -> sha.update(TransitionLayout.toBytes(row)));
        histories.values().forEach(h -> sha.update(HistoryLayout.toBytes(h)));
        dense.forEach((name, values) -> {
            sha.update(LaneChangesCodec.utf8(name));
            sha.update(RowLayout.toBytes(values));
        });
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
    public synchronized Map<Integer, Long> frontier() {
        return frontier;
    }

    @Override
    public synchronized @Nullable History history(long user) {
        return histories.get(user);
    }

    @Override
    public synchronized @Nullable RowChange row(long item) {
        return rows.get(item);
    }

    @Override
    public void forEachRow(Consumer<RowChange> visitor) {
        List<RowChange> all;
        synchronized (this) {
            all = new ArrayList<>(rows.values());
        }
        all.forEach(visitor);
    }

    @Override
    public void forEachTransition(Consumer<TransitionRow> visitor) {
        List<TransitionRow> all;
        synchronized (this) {
            all = new ArrayList<>(transitions.values());
        }
        all.forEach(visitor);
    }

    @Override
    public synchronized float @Nullable [] dense(String name) {
        float[] values = own.getOrDefault(name, dense.get(name));
        return values == null ? null : values.clone();
    }

    @Override
    public synchronized byte @Nullable [] attribute(String name) {
        return attributes.get(name);
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
        public long tick() {
            return copy.tick();
        }

        @Override
        public Map<Integer, Long> frontier() {
            return copy.frontier();
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
        public void forEachTransition(Consumer<TransitionRow> visitor) {
            copy.forEachTransition(visitor);
        }

        @Override
        public float @Nullable [] dense(String name) {
            return copy.dense(name);
        }

        @Override
        public byte @Nullable [] attribute(String name) {
            return copy.attribute(name);
        }

        @Override
        public void close() {
            // Nothing but heap.
        }
    }
}
