package io.freshet.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneRange;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.memory.InMemoryStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Digests are the same whether what is overwritten was known or had to be read: many items share few slots. */
class WrittenDigestsTest {
    private static final StoreLayout LAYOUT = new StoreLayout(1, 16, 2, 5);

    @TempDir
    private Path directory;

    private static RowChange row(long item, long tick) {
        return new RowChange(
                new ItemRow(item, "i" + item, item, 1, 1, tick, new float[] {tick, item}), new OptimizerState(tick, 0));
    }

    @Test
    void contentIsThatOfAStoreThatReadsEverything() {
        SplittableRandom random = new SplittableRandom(3);
        InMemoryStore reference = new InMemoryStore(LAYOUT);
        try (RocksStore store =
                RocksStore.open(directory.resolve("store"), LAYOUT, LaneRange.all(LAYOUT), StoreOptions.learner())) {
            for (long tick = 0; tick < 12; tick++) {
                LaneChanges lane = LaneChanges.empty(0);
                // More rows and optimizer states than there are slots, so that those of one batch push each other out.
                for (long item = 0; item < 2L * WrittenDigests.SLOTS; item++) {
                    if (random.nextInt(3) == 0) {
                        lane.rows().add(row(item, tick));
                    }
                }
                TickChanges changes = new TickChanges(tick, Map.of(0, tick), List.of(removing(lane, random, tick)));
                store.apply(changes);
                reference.apply(changes);
                assertThat(store.contentDigest(0)).isEqualTo(reference.contentDigest(0));
                assertThat(store.ownDigest(0)).isEqualTo(reference.ownDigest(0));
            }
            store.verifyContent();
        }
    }

    private static LaneChanges removing(LaneChanges lane, SplittableRandom random, long tick) {
        List<Long> removed = new ArrayList<>();
        for (int n = 0; n < 500 && tick % 3 == 2; n++) {
            removed.add(random.nextLong(2L * WrittenDigests.SLOTS));
        }
        lane.rows().removeIf(change -> removed.contains(change.row().item()));
        removed.stream().distinct().forEach(lane.removed()::add);
        return lane;
    }
}
