package io.freshet.store.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.AppliedTick;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneRange;
import io.freshet.store.OptimizerState;
import io.freshet.store.RandomTicks;
import io.freshet.store.RowChange;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.ContentDigest.Kind;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Digests of content depend on what is there alone, and two stores that hold the same have the same. */
class ContentDigestTest {
    private static final StoreLayout LAYOUT = RandomTicks.LAYOUT;

    @TempDir
    private Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The definition, in other words: big-endian words of the entries' SHA-256, added each for itself. */
    private static byte[] reference(Map<String, String> entries, Kind kind) throws Exception {
        long[] words = new long[4];
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update((byte) (kind.ordinal() + 1));
            sha.update(new byte[] {0, (byte) entry.getKey().length()});
            sha.update(bytes(entry.getKey() + entry.getValue()));
            byte[] hash = sha.digest();
            for (int i = 0; i < 32; i++) {
                words[i / 8] += (hash[i] & 0xffL) << (56 - 8 * (i % 8));
            }
        }
        byte[] all = new byte[32];
        for (int i = 0; i < 32; i++) {
            all[i] = (byte) (words[i / 8] >> (56 - 8 * (i % 8)));
        }
        return all;
    }

    @Test
    void anyWayToTheSameEntriesGivesTheSameDigest() throws Exception {
        for (long seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Map<String, String> entries = new HashMap<>();
            ContentDigest digest = new ContentDigest();
            for (int n = 0; n < 300; n++) {
                String key = "k" + random.nextInt(20);
                String value = random.nextInt(4) == 0 ? null : "v" + random.nextInt(1000);
                String before = value == null ? entries.remove(key) : entries.put(key, value);
                digest.replace(
                        Kind.DENSE,
                        bytes(key),
                        before == null ? null : bytes(before),
                        value == null ? null : bytes(value));
                if (n % 50 == 0) {
                    digest = new ContentDigest(digest.toBytes());
                }
            }
            assertThat(digest.toBytes()).isEqualTo(reference(entries, Kind.DENSE));
        }
    }

    @Test
    void kindKeyAndValueAreToldApart() {
        List<byte[]> all = new ArrayList<>();
        all.add(new byte[32]);
        for (Kind kind : List.of(Kind.ROWS, Kind.OPTIMIZER_STATES)) {
            for (String[] entry : new String[][] {{"a", "bc"}, {"ab", "c"}, {"", "abc"}, {"abc", ""}}) {
                ContentDigest digest = new ContentDigest();
                digest.add(kind, bytes(entry[0]), bytes(entry[1]));
                all.add(digest.toBytes());
                digest.add(kind, bytes(entry[0]), bytes(entry[1]));
                all.add(digest.toBytes());
            }
        }
        assertThat(all).doesNotHaveDuplicates();
        assertThatThrownBy(() -> new ContentDigest(new byte[31])).hasMessageContaining("31 bytes");
    }

    private EmbeddingStore rocks(String name, LaneRange held) {
        return RocksStore.open(directory.resolve(name), LAYOUT, held, StoreOptions.follower());
    }

    private static void own(EmbeddingStore store, long n, int lane) {
        store.writeOwnState(lane, Map.of("m" + n % 3, new float[] {n, lane}), Map.of("a" + n % 2, bytes("x" + n)));
    }

    @Test
    void theHeapAndRocksDbKeepTheSameDigestsWhicheverLearnersHoldTheLanes() {
        RandomTicks ticks = new RandomTicks(51);
        List<LaneRange> split = List.of(new LaneRange(0, 1), new LaneRange(1, 4));
        List<EmbeddingStore> parts = new ArrayList<>();
        split.forEach(held -> parts.add(rocks("part-" + held.from(), held)));
        split.forEach(held -> parts.add(new InMemoryStore(LAYOUT, held)));
        try (EmbeddingStore heap = new InMemoryStore(LAYOUT);
                EmbeddingStore rocks = rocks("whole", LaneRange.all(LAYOUT))) {
            parts.add(rocks);
            for (int n = 0; n < 40; n++) {
                TickChanges changes = ticks.next();
                heap.apply(changes);
                own(heap, n, n % LAYOUT.lanes());
                for (EmbeddingStore part : parts) {
                    part.apply(changes);
                    if (part.held().contains(n % LAYOUT.lanes())) {
                        own(part, n, n % LAYOUT.lanes());
                    }
                    for (int lane = part.held().from(); lane < part.held().to(); lane++) {
                        assertThat(part.contentDigest(lane)).isEqualTo(heap.contentDigest(lane));
                        assertThat(part.ownDigest(lane)).isEqualTo(heap.ownDigest(lane));
                    }
                }
            }
            heap.verifyContent();
            parts.forEach(EmbeddingStore::verifyContent);
        }
        parts.forEach(EmbeddingStore::close);
    }

    private static byte[][] contents(EmbeddingStore store) {
        byte[][] contents = new byte[LAYOUT.lanes()][];
        for (int lane = 0; lane < contents.length; lane++) {
            contents[lane] = store.contentDigest(lane);
        }
        return contents;
    }

    @Test
    void aFollowersContentIsTheLearnersThoughItHasNoSlots() {
        RandomTicks ticks = new RandomTicks(52);
        try (InMemoryStore learner = new InMemoryStore(LAYOUT);
                EmbeddingStore follower = rocks("follower", LaneRange.all(LAYOUT))) {
            for (int n = 0; n < 20; n++) {
                TickChanges changes = ticks.next();
                AppliedTick applied = learner.apply(changes);
                assertThat(applied.contents()).isDeepEqualTo(contents(learner));
                List<LaneChanges> lanes = new ArrayList<>();
                for (byte[] lane : applied.encoded()) {
                    lanes.add(LaneChangesCodec.decode(lane).changes());
                }
                AppliedTick followed = follower.apply(new TickChanges(changes.tick(), changes.frontier(), lanes));
                assertThat(followed.contents()).isDeepEqualTo(applied.contents());
            }
            for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
                assertThat(follower.contentDigest(lane)).isEqualTo(learner.contentDigest(lane));
                assertThat(follower.ownDigest(lane)).isNotEqualTo(learner.ownDigest(lane));
            }
            follower.verifyContent();
        }
    }

    @Test
    void aKeyThatATickNamesTwiceCountsOnce() {
        ItemRow first = new ItemRow(7, "seven", 0, 1, 1, 1, new float[3]);
        ItemRow last = new ItemRow(7, "seven", 0, 2, 2, 1, new float[] {1, 2, 3});
        List<LaneChanges> lanes = new ArrayList<>();
        for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
            lanes.add(LaneChanges.empty(lane));
        }
        LaneChanges changes = lanes.get(LAYOUT.laneOf(7));
        changes.rows().add(new RowChange(first, new OptimizerState(1, 1)));
        changes.rows().add(new RowChange(last, new OptimizerState(2, 2)));
        changes.coOccurrences().add(new CoOccurrenceRow(7, new long[] {1}, new float[] {1}));
        changes.removed().add(8L);
        try (InMemoryStore heap = new InMemoryStore(LAYOUT);
                EmbeddingStore rocks = rocks("twice", LaneRange.all(LAYOUT))) {
            for (EmbeddingStore store : List.of(heap, rocks)) {
                store.apply(new TickChanges(1, Map.of(), lanes));
                store.verifyContent();
                assertThat(store.row(7).row().frequency()).isEqualTo(2);
            }
            assertThat(rocks.contentDigest(changes.lane())).isEqualTo(heap.contentDigest(changes.lane()));
            changes.removed().add(7L);
            for (EmbeddingStore store : List.of(heap, rocks)) {
                store.apply(new TickChanges(2, Map.of(), lanes));
                store.verifyContent();
                assertThat(store.contentDigest(changes.lane())).isEqualTo(new byte[32]);
                assertThat(store.ownDigest(changes.lane())).isEqualTo(new byte[32]);
            }
        }
    }

    @Test
    void aViewHasTheDigestsOfItsTick() {
        RandomTicks ticks = new RandomTicks(53);
        try (EmbeddingStore heap = new InMemoryStore(LAYOUT);
                EmbeddingStore rocks = rocks("view", LaneRange.all(LAYOUT))) {
            for (EmbeddingStore store : List.of(heap, rocks)) {
                store.apply(ticks.next());
                byte[] before = store.contentDigest(1);
                try (StateView view = store.view()) {
                    store.apply(ticks.next());
                    assertThat(view.contentDigest(1)).isEqualTo(before);
                    assertThat(store.contentDigest(1)).isNotEqualTo(before);
                    // Everything of it is read while the store has gone on.
                    for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
                        assertThat(view.verifyContent(lane, () -> true)).isTrue();
                        assertThat(view.verifyContent(lane, () -> false)).isFalse();
                    }
                }
            }
        }
    }
}
