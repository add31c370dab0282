package io.freshet.verification.simulation.forgery;

import io.freshet.store.Checkpointable;
import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * A planted bug: a store to cut that now and then gives another digest of a lane's content than it has.
 *
 * @param store what it is otherwise
 * @param wrong whether it does so now
 */
public record WrongCut(Checkpointable store, BooleanSupplier wrong) implements Checkpointable {
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
    public byte[][] digests() {
        return store.digests();
    }

    @Override
    public byte[] contentDigest(int lane) {
        byte[] digest = store.contentDigest(lane).clone();
        digest[0] ^= (byte) (wrong.getAsBoolean() ? 1 : 0);
        return digest;
    }

    @Override
    public byte[] ownDigest(int lane) {
        return store.ownDigest(lane);
    }

    @Override
    public String opening() {
        return store.opening();
    }

    @Override
    public void checkpoint(Path target) {
        store.checkpoint(target);
    }
}
