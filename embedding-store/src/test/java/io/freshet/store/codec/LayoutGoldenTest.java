package io.freshet.store.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.DenseTensor;
import io.freshet.store.Golden;
import io.freshet.store.History;
import io.freshet.store.HistoryAppend;
import io.freshet.store.Interaction;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneRange;
import io.freshet.store.OptimizerState;
import io.freshet.store.RandomTicks;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.directory.StoreDirectory;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written today is what the committed files have, byte for byte, and they are read as what they say. */
class LayoutGoldenTest {
    private static final StoreLayout LAYOUT = new StoreLayout(2, 16, 3, 5);
    private static final LaneRange HELD = new LaneRange(1, 2);
    private static final ItemRow ROW =
            new ItemRow(0x0102030405060708L, "item-é", 7, 1.5f, 0.25f, 42, new float[] {1, -2, 0.5f});
    private static final OptimizerState OPTIMIZER_STATE = new OptimizerState(0.125f, 99);
    private static final List<Interaction> INTERACTIONS = List.of(
            new Interaction(1, (byte) 2, 1_700_000_000_000L, 3.5f, 11),
            new Interaction(2, (byte) 31, 1_700_000_000_001L, 0, 12));
    private static final CoOccurrenceRow CO_OCCURRENCES =
            new CoOccurrenceRow(9, new long[] {10, -11}, new float[] {1.5f, 2});

    @TempDir
    private Path directory;

    @Test
    void valuesOfTheStore() {
        assertThat(RowLayout.toBytes(ROW)).isEqualTo(Golden.hex("row"));
        assertThat(RowLayout.toBytes(OPTIMIZER_STATE)).isEqualTo(Golden.hex("slot"));
        assertThat(RowLayout.rowFrom(Golden.hex("row")))
                .usingRecursiveComparison()
                .isEqualTo(ROW);
        assertThat(RowLayout.optimizerStateFrom(Golden.hex("slot"))).isEqualTo(OPTIMIZER_STATE);
        History history = new History(-5, "user-1", INTERACTIONS);
        assertThat(HistoryLayout.toBytes(history)).isEqualTo(Golden.hex("history"));
        assertThat(HistoryLayout.historyFrom(Golden.hex("history"))).isEqualTo(history);
        assertThat(CoOccurrenceLayout.toBytes(CO_OCCURRENCES)).isEqualTo(Golden.hex("transitions"));
        assertThat(CoOccurrenceLayout.rowFrom(Golden.hex("transitions")))
                .usingRecursiveComparison()
                .isEqualTo(CO_OCCURRENCES);
    }

    @Test
    void aLanesChanges() {
        LaneChanges changes = LaneChanges.empty(1);
        changes.rows().add(new RowChange(ROW, OPTIMIZER_STATE));
        changes.coOccurrences().add(CO_OCCURRENCES);
        changes.removed().add(77L);
        changes.histories().add(new HistoryAppend(-5, "user-1", INTERACTIONS));
        changes.dense().add(new DenseTensor("bias", new float[] {0.5f, -1}));
        byte[] golden = Golden.hex("lane-changes");
        assertThat(LaneChangesCodec.encode(42, Map.of(3, 7L, 0, 100L), changes)).isEqualTo(golden);
        LaneChangesCodec.Decoded decoded = LaneChangesCodec.decode(golden);
        assertThat(decoded.tick()).isEqualTo(42);
        assertThat(decoded.frontier()).isEqualTo(Map.of(0, 100L, 3, 7L));
        assertThat(decoded.changes().histories()).isEqualTo(changes.histories());
        assertThat(LaneChangesCodec.encode(42, decoded.frontier(), decoded.changes()))
                .isEqualTo(golden);
    }

    @Test
    void aStoresDirectory() throws Exception {
        LaneDigests digests = new LaneDigests("c".repeat(64), "d".repeat(64), "e".repeat(64));
        Files.createDirectories(StoreDirectory.lane(directory, 1));
        StoreDirectory.markRestored(directory, LAYOUT, HELD, 42, Map.of(1, digests));
        assertThat(directory.resolve("STORE")).hasBinaryContent(Golden.file("STORE"));
        assertThat(directory.resolve("RESTORED")).hasBinaryContent(Golden.file("RESTORED"));
        assertThat(StoreDirectory.prepare(directory, LAYOUT, HELD)).isTrue();

        LaneDigests others = new LaneDigests("c".repeat(64), "d".repeat(64), "f".repeat(64));
        assertThatThrownBy(() -> StoreDirectory.compareRestored(directory, 42, Map.of(1, others)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lane 1")
                .hasMessageContaining("ffff");
        assertThatThrownBy(() -> StoreDirectory.compareRestored(directory, 41, Map.of(1, digests)))
                .hasMessageContaining("tick 41")
                .hasMessageContaining("tick 42");
        StoreDirectory.compareRestored(directory, 42, Map.of(1, digests));
        assertThat(directory.resolve("RESTORED")).doesNotExist();
        // Once compared, the store goes its own way.
        StoreDirectory.compareRestored(directory, 50, Map.of(1, others));
    }

    @Test
    void aStoreOfAnEarlierReleaseIsRefusedByItsFormatAndLeftAsItIs() throws Exception {
        String old = "freshet-store 2 " + RandomTicks.LAYOUT + "\n";
        Files.writeString(directory.resolve("STORE"), old);
        assertThatThrownBy(() -> RocksStore.open(directory, RandomTicks.LAYOUT, StoreOptions.follower()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(directory.resolve("STORE").toString())
                .hasMessageContaining("format 2")
                .hasMessageContaining("reads 3")
                .hasMessageContaining("begins anew");
        assertThat(directory.resolve("STORE")).hasContent(old.strip());
    }

    @Test
    void anyChangedByteOfAMarkerIsRefused() throws Exception {
        Files.createDirectories(StoreDirectory.lane(directory, 1));
        byte[] golden = Golden.file("STORE");
        for (int at = 0; at < golden.length; at++) {
            byte[] damaged = golden.clone();
            damaged[at] ^= 1;
            Files.write(directory.resolve("STORE"), damaged);
            assertThatThrownBy(() -> StoreDirectory.prepare(directory, LAYOUT, HELD))
                    .as("byte %d", at)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("STORE");
        }
    }
}
