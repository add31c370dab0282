package io.freshet.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.EmbeddingStore;
import io.freshet.store.LaneChanges;
import io.freshet.store.RandomTicks;
import io.freshet.store.StateReader;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.CoOccurrenceLayout;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.codec.RowLayout;
import io.freshet.store.directory.LocalDirectory;
import io.freshet.store.directory.StoreDirectory;
import io.freshet.store.memory.InMemoryStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksStoreTest {
    @TempDir
    private Path directory;

    private static RocksStore open(Path directory) {
        return RocksStore.open(directory, RandomTicks.LAYOUT, StoreOptions.follower());
    }

    /** Everything that can be read, as text. */
    private static List<String> contents(StateReader state, RandomTicks ticks) {
        List<String> all = new ArrayList<>();
        all.add(state.tick() + " " + state.frontier());
        state.forEachRow(change ->
                all.add(HexFormat.of().formatHex(RowLayout.toBytes(change.row())) + " " + change.optimizerState()));
        state.forEachCoOccurrence(
                (lane, row) -> all.add(lane + " " + HexFormat.of().formatHex(CoOccurrenceLayout.toBytes(row))));
        for (long item : ticks.items()) {
            var change = state.row(item);
            all.add(change == null ? "none" : HexFormat.of().formatHex(RowLayout.toBytes(change.row())));
        }
        for (long user : ticks.users()) {
            all.add(String.valueOf(state.history(user)));
        }
        for (String name : List.of("a0", "a1", "b", "none")) {
            all.add(Arrays.toString(state.dense(name)));
        }
        return all;
    }

    private static void assertSame(EmbeddingStore actual, EmbeddingStore expected, RandomTicks ticks) {
        assertThat(actual.digests()).isDeepEqualTo(expected.digests());
        assertThat(actual.stateDigest()).isEqualTo(expected.stateDigest());
        assertThat(contents(actual, ticks)).isEqualTo(contents(expected, ticks));
    }

    @Test
    void goesTheSameWayAsItsTwinOnTheHeapAndComesBackAfterReopening() {
        RandomTicks ticks = new RandomTicks(11);
        try (InMemoryStore heap = new InMemoryStore(RandomTicks.LAYOUT)) {
            try (RocksStore rocks = open(directory)) {
                assertThat(rocks.tick()).isEqualTo(-1);
                for (int i = 0; i < 60; i++) {
                    TickChanges changes = ticks.next();
                    assertThat(rocks.apply(changes).digests())
                            .isDeepEqualTo(heap.apply(changes).digests());
                    assertThat(rocks.digestsAt(changes.tick())).isDeepEqualTo(heap.digestsAt(changes.tick()));
                    assertThatThrownBy(() -> rocks.apply(changes)).isInstanceOf(IllegalStateException.class);
                }
                assertSame(rocks, heap, ticks);
            }
            try (RocksStore reopened = open(directory)) {
                assertSame(reopened, heap, ticks);
                TickChanges more = ticks.next();
                assertThat(reopened.apply(more).digests())
                        .isDeepEqualTo(heap.apply(more).digests());
                assertSame(reopened, heap, ticks);
            }
        }
    }

    @Test
    void followerFedByEncodedChangesHasTheSameDigests() {
        RandomTicks ticks = new RandomTicks(12);
        try (InMemoryStore learner = new InMemoryStore(RandomTicks.LAYOUT);
                RocksStore follower = open(directory)) {
            for (int i = 0; i < 60; i++) {
                TickChanges changes = ticks.next();
                learner.apply(changes);
                List<LaneChanges> lanes = new ArrayList<>();
                for (LaneChanges lane : changes.lanes()) {
                    byte[] bytes = LaneChangesCodec.encode(changes.tick(), changes.frontier(), lane);
                    lanes.add(LaneChangesCodec.decode(bytes).changes());
                }
                follower.apply(new TickChanges(changes.tick(), changes.frontier(), lanes));
                assertThat(follower.digests()).isDeepEqualTo(learner.digests());
            }
            assertThat(follower.stateDigest()).isEqualTo(learner.stateDigest());
        }
    }

    @Test
    void viewStaysAtItsTick() {
        RandomTicks ticks = new RandomTicks(13);
        try (RocksStore rocks = open(directory);
                InMemoryStore heap = new InMemoryStore(RandomTicks.LAYOUT)) {
            for (EmbeddingStore store : List.of(rocks, heap)) {
                for (int i = 0; i < 10; i++) {
                    store.apply(ticks.next());
                }
                List<String> before = contents(store, ticks);
                try (StateView view = store.view()) {
                    for (int i = 0; i < 10; i++) {
                        store.apply(ticks.next());
                    }
                    assertThat(contents(view, ticks)).isEqualTo(before);
                    assertThat(contents(store, ticks)).isNotEqualTo(before);
                }
            }
        }
    }

    @Test
    void refusesAForeignDirectoryAndLeavesItAsItIs() throws Exception {
        Files.writeString(directory.resolve("letter.txt"), "dear");
        assertThatThrownBy(() -> open(directory))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(directory.toString());
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(directory.resolve("letter.txt"));
        }
    }

    @Test
    void aClosedStoreRefusesToBeReadAndAMissingLaneIsNotFilledWithNothing() throws IOException {
        Path home = directory.resolve("closed");
        RocksStore store = RocksStore.open(home, RandomTicks.LAYOUT, StoreOptions.follower());
        RandomTicks ticks = new RandomTicks(4);
        store.apply(ticks.next());
        store.close();
        assertThatThrownBy(() -> store.history(ticks.users()[0]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        LocalDirectory.delete(StoreDirectory.lane(home, 2));
        assertThatThrownBy(() -> RocksStore.open(home, RandomTicks.LAYOUT, StoreOptions.follower()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lane-02");
    }

    @Test
    void refusesAnotherLayout() {
        RandomTicks ticks = new RandomTicks(14);
        try (RocksStore store = open(directory)) {
            store.apply(ticks.next());
        }
        StoreLayout other = new StoreLayout(4, 16, 8, 5);
        assertThatThrownBy(() -> RocksStore.open(directory, other, StoreOptions.follower()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("width=3")
                .hasMessageContaining("width=8");
    }
}
