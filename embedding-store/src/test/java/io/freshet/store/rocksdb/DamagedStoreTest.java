package io.freshet.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.LaneChanges;
import io.freshet.store.RandomTicks;
import io.freshet.store.RowChange;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.ContentMismatch;
import io.freshet.store.directory.StoreDirectory;
import io.freshet.store.rocksdb.LaneDatabase.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Damage is named; it never makes a catalogue shorter, or another one. */
class DamagedStoreTest {
    private static final int LANE = 2;

    @TempDir
    private Path directory;

    private final RandomTicks ticks = new RandomTicks(61);

    private RocksStore open() {
        return RocksStore.open(directory, RandomTicks.LAYOUT, StoreOptions.learner());
    }

    private Path lane() {
        return StoreDirectory.lane(directory, LANE);
    }

    private void learn() {
        try (RocksStore store = open()) {
            for (int i = 0; i < 20; i++) {
                store.apply(ticks.next());
            }
        }
    }

    /** A lane's database opened without looking through it. */
    private LaneDatabase unchecked() {
        return new LaneDatabase(LANE, lane(), RandomTicks.LAYOUT, new StoreResources(StoreOptions.learner()), false);
    }

    private List<Path> tables() throws IOException {
        try (var files = Files.list(lane())) {
            return files.filter(file -> file.toString().endsWith(".sst")).toList();
        }
    }

    private interface Change {
        void make(RocksDB db, List<ColumnFamilyHandle> families) throws RocksDBException;
    }

    /** Changes a lane behind the store's back, so that every block of it is whole. */
    private void tamper(Change change) throws RocksDBException {
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        for (Family family : Family.values()) {
            families.add(new ColumnFamilyDescriptor(family.key));
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (DBOptions options = new DBOptions();
                RocksDB db = RocksDB.open(options, lane().toString(), families, handles)) {
            change.make(db, handles);
            handles.forEach(ColumnFamilyHandle::close);
        }
    }

    private static byte[] firstKey(RocksDB db, ColumnFamilyHandle family) {
        try (RocksIterator it = db.newIterator(family)) {
            it.seekToFirst();
            return it.key();
        }
    }

    @Test
    void everyDamagedBlockOfDataIsAnExceptionThatNamesLaneFamilyAndDirectory() throws IOException {
        learn();
        int found = 0;
        for (Path table : tables()) {
            byte[] bytes = Files.readAllBytes(table);
            byte[] damaged = bytes.clone();
            // The first block of a table holds its first entries.
            damaged[20] ^= 1;
            Files.write(table, damaged);
            try (LaneDatabase lane = unchecked();
                    ReadOptions read = new ReadOptions()) {
                lane.loadDigests(read);
                assertThatThrownBy(() -> {
                            lane.forEachRow(read, change -> {});
                            lane.verify(read);
                            lane.forEach(Family.CHANGES, read, (key, value) -> {});
                            lane.forEach(Family.META, read, (key, value) -> {});
                        })
                        .as("table %s", table)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("lane " + LANE)
                        .hasMessageContaining("column famil")
                        .hasMessageContaining(lane().toString());
                found++;
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageContaining("lane " + LANE).hasMessageContaining(lane().toString());
                found++;
            }
            Files.write(table, bytes);
        }
        assertThat(found).isGreaterThanOrEqualTo(6);
        assertThatCode(() -> open().close()).doesNotThrowAnyException();
    }

    @Test
    void openingADamagedStoreFailsAndReleasesIt() throws IOException {
        learn();
        for (Path table : tables()) {
            byte[] bytes = Files.readAllBytes(table);
            byte[] damaged = bytes.clone();
            damaged[20] ^= 1;
            Files.write(table, damaged);
            assertThatThrownBy(this::open)
                    .as("table %s", table)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("lane " + LANE);
            Files.write(table, bytes);
            open().close();
        }
    }

    @Test
    void aWriteOverADamagedBlockFails() throws IOException {
        learn();
        for (Path table : tables()) {
            byte[] bytes = Files.readAllBytes(table);
            bytes[20] ^= 1;
            Files.write(table, bytes);
        }
        List<LaneChanges> all = new ArrayList<>();
        for (int n = 0; n < 5; n++) {
            all.add(ticks.next().lanes().get(LANE));
        }
        try (LaneDatabase lane = unchecked()) {
            assertThatThrownBy(() -> all.forEach(changes -> lane.apply(1000, Map.of(), changes, new byte[32])))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("lane " + LANE);
        }
    }

    @Test
    void aRowThatIsGoneOrAnotherIsFoundWhenTheStoreIsOpened() throws RocksDBException {
        learn();
        for (Family family : List.of(Family.ROWS, Family.CO_OCCURRENCES, Family.HISTORIES, Family.OPTIMIZER_STATES)) {
            byte[][] entry = new byte[2][];
            tamper((db, families) -> {
                ColumnFamilyHandle handle = families.get(family.ordinal());
                entry[0] = firstKey(db, handle);
                entry[1] = db.get(handle, entry[0]);
                db.delete(handle, entry[0]);
            });
            assertThatThrownBy(this::open)
                    .as("without an entry of %s", family)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("lane " + LANE)
                    .hasMessageContaining("damaged");
            byte[] other = entry[1].clone();
            other[other.length - 1] ^= 1;
            tamper((db, families) -> db.put(families.get(family.ordinal()), entry[0], other));
            assertThatThrownBy(this::open).as("another entry of %s", family).hasMessageContaining("lane " + LANE);
            tamper((db, families) -> db.put(families.get(family.ordinal()), entry[0], entry[1]));
            open().close();
        }
    }

    @Test
    void anotherRowIsFoundByAScanOfAViewAndByTheTickThatReplacesIt() throws RocksDBException {
        learn();
        tamper((db, families) -> {
            ColumnFamilyHandle rows = families.get(Family.ROWS.ordinal());
            byte[] key = firstKey(db, rows);
            byte[] value = db.get(rows, key);
            value[value.length - 1] ^= 1;
            db.put(rows, key, value);
        });
        try (LaneDatabase lane = unchecked();
                ReadOptions read = new ReadOptions()) {
            lane.loadDigests(read);
            ReadOptions view = lane.snapshot();
            LaneChanges changes = LaneChanges.empty(LANE);
            List<RowChange> rows = new ArrayList<>();
            lane.forEachRow(read, rows::add);
            RowChange first = rows.get(0);
            changes.rows().add(first);
            assertThatThrownBy(() -> lane.verifyKept(view, () -> true))
                    .isInstanceOf(ContentMismatch.class)
                    .message()
                    .containsPattern("content of lane " + LANE
                            + " in .* has the digest [0-9a-f]{64}, but [0-9a-f]{64} was kept with it");
            assertThat(lane.verifyKept(view, () -> false)).isFalse();
            // The same value again leaves the digest where it was, which is not that of what is there.
            byte[] before = lane.contentDigest();
            lane.apply(1000, Map.of(), changes, new byte[32]);
            assertThat(lane.contentDigest()).isEqualTo(before);
            assertThatThrownBy(() -> lane.verifyKept(read, () -> true)).isInstanceOf(ContentMismatch.class);
            lane.release(view);
        }
    }

    @Test
    void aRowWithoutItsSlotAndASlotWithoutItsRowAreNamed() throws RocksDBException {
        learn();
        byte[][] optimizerState = new byte[2][];
        tamper((db, families) -> {
            ColumnFamilyHandle optimizerStates = families.get(Family.OPTIMIZER_STATES.ordinal());
            optimizerState[0] = firstKey(db, optimizerStates);
            optimizerState[1] = db.get(optimizerStates, optimizerState[0]);
            db.delete(optimizerStates, optimizerState[0]);
        });
        List<Object> seen = new ArrayList<>();
        try (LaneDatabase lane = unchecked();
                ReadOptions read = new ReadOptions()) {
            assertThatThrownBy(() -> lane.forEachRow(read, seen::add))
                    .hasMessageContaining("rows has key")
                    .hasMessageContaining("where slots has key");
        }
        // No row got the optimizer state of another.
        assertThat(seen).isEmpty();
        byte[] last = new byte[10];
        Arrays.fill(last, (byte) 0xff);
        tamper((db, families) -> {
            db.put(families.get(Family.OPTIMIZER_STATES.ordinal()), optimizerState[0], optimizerState[1]);
            db.put(families.get(Family.OPTIMIZER_STATES.ordinal()), last, optimizerState[1]);
        });
        try (LaneDatabase lane = unchecked();
                ReadOptions read = new ReadOptions()) {
            assertThatThrownBy(() -> lane.forEachRow(read, seen::add)).hasMessageContaining("rows has no more");
        }
    }

    @Test
    void aWriteThatFailsLeavesDigestsOfWhatIsThere() {
        learn();
        try (RocksStore store = open()) {
            byte[] before = store.contentDigest(LANE);
            TickChanges good = ticks.next();
            List<LaneChanges> lanes = new ArrayList<>(good.lanes());
            LaneChanges bad = LaneChanges.empty(LANE);
            bad.rows().addAll(good.lanes().get(LANE).rows());
            bad.coOccurrences().add(null);
            lanes.set(LANE, bad);
            assertThatThrownBy(() -> store.apply(new TickChanges(good.tick(), good.frontier(), lanes)))
                    .isInstanceOf(RuntimeException.class);
            assertThat(store.contentDigest(LANE)).isEqualTo(before);
            store.verifyContent();
        }
    }
}
