package io.freshet.evaluate.stream;

import io.freshet.store.AppliedTick;
import io.freshet.store.CoOccurrenceVisitor;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.History;
import io.freshet.store.LaneRange;
import io.freshet.store.RowChange;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A store that does not give back the co-occurrences that it holds: a learner that is opened on it starts without. */
record StoreWithoutCoOccurrences(EmbeddingStore store) implements EmbeddingStore {
    @Override
    public void forEachCoOccurrence(CoOccurrenceVisitor visitor) {
        // None are given back.
    }

    @Override
    public AppliedTick apply(TickChanges changes) {
        return store.apply(changes);
    }

    @Override
    public byte[][] digests() {
        return store.digests();
    }

    @Override
    public byte @Nullable [][] digestsAt(long tick) {
        return store.digestsAt(tick);
    }

    @Override
    public void writeOwnState(int lane, Map<String, float[]> dense, Map<String, byte[]> attributes) {
        store.writeOwnState(lane, dense, attributes);
    }

    @Override
    public StateView view() {
        return store.view();
    }

    @Override
    public byte[] stateDigest() {
        return store.stateDigest();
    }

    @Override
    public byte[] contentDigest(int lane) {
        return store.contentDigest(lane);
    }

    @Override
    public byte[] ownDigest(int lane) {
        return store.ownDigest(lane);
    }

    @Override
    public void verifyContent() {
        store.verifyContent();
    }

    @Override
    public StoreLayout layout() {
        return store.layout();
    }

    @Override
    public LaneRange held() {
        return store.held();
    }

    @Override
    public long tick() {
        return store.tick();
    }

    @Override
    public Map<Integer, Long> frontier() {
        return store.frontier();
    }

    @Override
    public @Nullable History history(long user) {
        return store.history(user);
    }

    @Override
    public @Nullable RowChange row(long item) {
        return store.row(item);
    }

    @Override
    public void forEachRow(Consumer<RowChange> visitor) {
        store.forEachRow(visitor);
    }

    @Override
    public float @Nullable [] dense(int lane, String name) {
        return store.dense(lane, name);
    }

    @Override
    public byte @Nullable [] attribute(int lane, String name) {
        return store.attribute(lane, name);
    }

    @Override
    public void close() {
        store.close();
    }
}
