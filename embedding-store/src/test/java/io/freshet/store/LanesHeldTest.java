package io.freshet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.codec.CoOccurrenceLayout;
import io.freshet.store.codec.RowLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stores that hold some lanes are together what a store of all lanes is, on the heap and in RocksDB. */
class LanesHeldTest {
    private static final StoreLayout LAYOUT = RandomTicks.LAYOUT;
    private static final List<List<LaneRange>> SPLITS = List.of(
            List.of(new LaneRange(0, 1), new LaneRange(1, 2), new LaneRange(2, 3), new LaneRange(3, 4)),
            List.of(new LaneRange(0, 3), new LaneRange(3, 4)),
            List.of(new LaneRange(0, 2), new LaneRange(2, 4)),
            List.of(LaneRange.all(LAYOUT)));

    @TempDir
    private Path directory;

    private EmbeddingStore rocks(LaneRange held) {
        Path home = directory.resolve(held.from() + "-" + held.to());
        return RocksStore.open(home, LAYOUT, held, StoreOptions.learner());
    }

    /** Only what stands in own lanes, as a learner that owns them would give it. */
    private static TickChanges only(TickChanges changes, LaneRange held) {
        List<LaneChanges> lanes = new ArrayList<>();
        for (LaneChanges lane : changes.lanes()) {
            lanes.add(held.contains(lane.lane()) ? lane : LaneChanges.empty(lane.lane()));
        }
        return new TickChanges(changes.tick(), changes.frontier(), lanes);
    }

    private static List<String> contents(EmbeddingStore store) {
        List<String> all = new ArrayList<>();
        store.forEachRow(change -> all.add("r" + LAYOUT.laneOf(change.row().item())
                + HexFormat.of().formatHex(RowLayout.toBytes(change.row())) + change.optimizerState()));
        store.forEachCoOccurrence(
                (lane, row) -> all.add("t" + lane + HexFormat.of().formatHex(CoOccurrenceLayout.toBytes(row))));
        all.sort(null);
        return all;
    }

    private void together(Function<LaneRange, EmbeddingStore> open, List<LaneRange> split, long seed) {
        RandomTicks ticks = new RandomTicks(seed);
        InMemoryStore whole = new InMemoryStore(LAYOUT);
        List<EmbeddingStore> some = split.stream().map(open).toList();
        for (int n = 0; n < 40; n++) {
            TickChanges changes = ticks.next();
            AppliedTick expected = whole.apply(changes);
            for (EmbeddingStore store : some) {
                AppliedTick mine = store.apply(n % 2 == 0 ? changes : only(changes, store.held()));
                for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
                    boolean held = store.held().contains(lane);
                    assertThat(mine.digests()[lane]).isEqualTo(held ? expected.digests()[lane] : new byte[0]);
                    assertThat(mine.encoded()[lane]).isEqualTo(held ? expected.encoded()[lane] : new byte[0]);
                }
                assertThat(store.digests()).isDeepEqualTo(mine.digests());
                assertThat(store.digestsAt(changes.tick())).isDeepEqualTo(mine.digests());
                assertThat(store.frontier()).isEqualTo(whole.frontier());
            }
        }
        List<String> all = new ArrayList<>();
        some.forEach(store -> all.addAll(contents(store)));
        all.sort(null);
        assertThat(all).isEqualTo(contents(whole));
        for (EmbeddingStore store : some) {
            readsOwnLanesOnly(store, whole, ticks);
            store.close();
        }
    }

    private static void readsOwnLanesOnly(EmbeddingStore store, InMemoryStore whole, RandomTicks ticks) {
        for (long user : ticks.users()) {
            int lane = LAYOUT.laneOf(user);
            if (store.held().contains(lane)) {
                assertThat(store.history(user)).isEqualTo(whole.history(user));
            } else {
                assertThatThrownBy(() -> store.history(user))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("lane " + lane + " is not held");
            }
        }
        for (long item : ticks.items()) {
            int lane = LAYOUT.laneOf(item);
            if (store.held().contains(lane)) {
                assertThat(store.row(item) == null).isEqualTo(whole.row(item) == null);
            } else {
                assertThatThrownBy(() -> store.row(item)).hasMessageContaining("lane " + lane + " is not held");
            }
        }
    }

    @Test
    void storesOfSomeLanesAreTogetherTheWholeOne() {
        for (List<LaneRange> split : SPLITS) {
            together(held -> new InMemoryStore(LAYOUT, held), split, 5);
        }
        together(this::rocks, SPLITS.get(2), 6);
        together(this::rocks, SPLITS.get(0), 7);
    }

    @Test
    void anItemHasARowOfCoOccurrencesInEveryLaneThatBringsOneAndRemovalsCountInTheirLaneOnly() {
        long item = 42;
        try (InMemoryStore heap = new InMemoryStore(LAYOUT);
                EmbeddingStore rocks = rocks(LaneRange.all(LAYOUT))) {
            for (EmbeddingStore store : List.of(heap, rocks)) {
                List<LaneChanges> lanes = new ArrayList<>();
                for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
                    LaneChanges changes = LaneChanges.empty(lane);
                    changes.coOccurrences().add(new CoOccurrenceRow(item, new long[] {lane}, new float[] {lane}));
                    lanes.add(changes);
                }
                store.apply(new TickChanges(1, Map.of(), lanes));
                List<LaneChanges> removed = new ArrayList<>();
                for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
                    removed.add(LaneChanges.empty(lane));
                }
                removed.get(2).removed().add(item);
                store.apply(new TickChanges(2, Map.of(), removed));
                List<String> left = new ArrayList<>();
                store.forEachCoOccurrence((lane, row) -> left.add(lane + " " + row.next()[0]));
                assertThat(left).containsExactly("0 0", "1 1", "3 3");
            }
        }
    }

    @Test
    void everyLaneHasOwnStateOfItsOwn() {
        LaneRange held = new LaneRange(1, 3);
        for (EmbeddingStore store : List.of(new InMemoryStore(LAYOUT, held), rocks(held))) {
            store.writeOwnState(1, Map.of("w", new float[] {1}), Map.of("a", new byte[] {1}));
            store.writeOwnState(2, Map.of("w", new float[] {2}), Map.of());
            assertThat(store.dense(1, "w")).containsExactly(1);
            assertThat(store.dense(2, "w")).containsExactly(2);
            assertThat(Arrays.toString(store.attribute(1, "a"))).isEqualTo("[1]");
            assertThat(store.attribute(2, "a")).isNull();
            assertThatThrownBy(() -> store.dense("w"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("lane 0 is not held here, only lanes 1 to 2");
            assertThatThrownBy(() -> store.writeOwnState(3, Map.of(), Map.of("a", new byte[1])))
                    .hasMessageContaining("lane 3");
            store.close();
        }
    }

    @Test
    void aStoreOfOtherLanesIsRefused() {
        rocks(new LaneRange(0, 2)).close();
        Path home = directory.resolve("0-2");
        assertThatThrownBy(() -> RocksStore.open(home, LAYOUT, StoreOptions.learner()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lanes 0 to 1");
        assertThatThrownBy(() -> new InMemoryStore(LAYOUT, new LaneRange(2, 5)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
