package io.freshet.serving.follower;

import io.freshet.store.AppliedTick;
import io.freshet.store.HistoryAppend;
import io.freshet.store.Interaction;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.LogId;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.memory.InMemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Ticks of a learner that writes one row and one history a tick, and their frames. */
final class FakeLearner {
    static final StoreLayout LAYOUT = new StoreLayout(2, 16, 3, 5);

    private final RepositoryId repository;
    private final long incarnation;
    private final float mark;
    private final InMemoryStore store;

    /** @param mark a number in all rows, by which two learners differ */
    FakeLearner(RepositoryId repository, long incarnation, float mark) {
        this(repository, incarnation, mark, new InMemoryStore(LAYOUT));
    }

    private FakeLearner(RepositoryId repository, long incarnation, float mark, InMemoryStore store) {
        this.repository = repository;
        this.incarnation = incarnation;
        this.mark = mark;
        this.store = store;
    }

    /** The learner that goes on from the same state. */
    FakeLearner next(long number, float nextMark) {
        return new FakeLearner(repository, number, nextMark, store.copy());
    }

    InMemoryStore store() {
        return store;
    }

    RepositoryId repository() {
        return repository;
    }

    long incarnation() {
        return incarnation;
    }

    /** Learns a tick; gives what it sends. */
    List<byte[]> tick() {
        return tick(store.tick() + 1);
    }

    /** Learns a tick that writes the row of an item. */
    List<byte[]> tick(long item) {
        long tick = store.tick() + 1;
        List<LaneChanges> lanes = new ArrayList<>();
        for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
            lanes.add(LaneChanges.empty(lane));
        }
        ItemRow row = new ItemRow(item, "i" + item, item, 1, 1, tick, new float[] {tick, mark, 0});
        lanes.get(LAYOUT.laneOf(item)).rows().add(new RowChange(row, new OptimizerState(0, 0)));
        Interaction event = new Interaction(tick, (byte) 1, tick * 1000, 0, tick);
        lanes.get(LAYOUT.laneOf(tick % 3)).histories().add(new HistoryAppend(tick % 3, "u", List.of(event)));
        TickChanges changes = new TickChanges(tick, Map.of(0, tick * 10), lanes);
        long previous = store.tick();
        AppliedTick applied = store.apply(changes);
        List<byte[]> frames = new ArrayList<>();
        for (LaneChanges lane : lanes) {
            byte[] encoded = LaneChangesCodec.encode(tick, changes.frontier(), lane);
            FeedFrame.parts(repository, incarnation, tick, lane.lane(), encoded)
                    .forEach(part -> frames.add(part.toBytes()));
        }
        frames.add(new FeedFrame.Marker(
                        repository,
                        incarnation,
                        tick,
                        previous,
                        tick + 7,
                        LogId.UNKNOWN,
                        applied.digests(),
                        applied.contents())
                .toBytes());
        return frames;
    }
}
