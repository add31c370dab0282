package io.freshet.store.rocksdb;

import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.ContentDigest;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.codec.RowLayout;
import io.freshet.store.rocksdb.LaneDatabase.Family;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Measures what digests of content cost a tick; no part of the tests ({@code mvn -pl embedding-store test
 * -Dtest=WriteCost}). Decision 24 has the figures.
 */
class WriteCost {
    private static final StoreLayout LAYOUT = new StoreLayout(4, 64, 64, 5);
    private static final int ITEMS = 20_000;
    private static final int ROWS = 4_096;
    private static final int WARM = 40;
    private static final int TICKS = 120;

    @TempDir
    private Path directory;

    private final SplittableRandom random = new SplittableRandom(1);

    private TickChanges tick(long tick) {
        List<LaneChanges> lanes = new ArrayList<>();
        for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
            lanes.add(LaneChanges.empty(lane));
        }
        random.longs(0, ITEMS).distinct().limit(ROWS).sorted().forEach(item -> {
            float[] embedding = new float[LAYOUT.width()];
            for (int i = 0; i < embedding.length; i++) {
                embedding[i] = (float) random.nextDouble();
            }
            ItemRow row = new ItemRow(item, "item-" + item, item, 1, 1, tick, embedding);
            lanes.get(LAYOUT.laneOf(item)).rows().add(new RowChange(row, new OptimizerState(1, tick)));
        });
        return new TickChanges(tick, Map.of(0, tick), lanes);
    }

    @FunctionalInterface
    private interface Writer {
        void write(TickChanges changes) throws RocksDBException;
    }

    private String millis(Writer writer) throws RocksDBException {
        double[] took = new double[TICKS];
        for (int n = 0; n < WARM + TICKS; n++) {
            TickChanges changes = tick(n);
            long start = System.nanoTime();
            writer.write(changes);
            if (n >= WARM) {
                took[n - WARM] = (System.nanoTime() - start) * 1e-6;
            }
        }
        Arrays.sort(took);
        return String.format(
                Locale.ROOT, "median %.1f ms, 90th percentile %.1f ms", took[TICKS / 2], took[TICKS * 9 / 10]);
    }

    /** A lane as it was written before there were digests of content: nothing is read, nothing is hashed per entry. */
    private static final class Plain implements AutoCloseable {
        private final List<ColumnFamilyHandle> handles = new ArrayList<>();
        private final WriteOptions options = new WriteOptions().setDisableWAL(true);
        private final RocksDB db;
        private byte[] digest = new byte[32];

        Plain(Path at, StoreResources resources) throws RocksDBException {
            List<ColumnFamilyDescriptor> families = new ArrayList<>();
            for (Family family : Family.values()) {
                families.add(new ColumnFamilyDescriptor(family.key, resources.columnFamily));
            }
            db = RocksDB.open(resources.database, at.toString(), families, handles);
        }

        void write(TickChanges changes, int lane) throws RocksDBException {
            LaneChanges mine = changes.lanes().get(lane);
            digest = LaneChangesCodec.chain(digest, LaneChangesCodec.encode(changes.tick(), changes.frontier(), mine));
            byte[] tick = ByteBuffer.allocate(8).putLong(changes.tick()).array();
            try (WriteBatch batch = new WriteBatch()) {
                for (RowChange change : mine.rows()) {
                    byte[] key = ContentDigest.key(LAYOUT, change.row().item());
                    batch.put(handles.get(Family.ROWS.ordinal()), key, RowLayout.toBytes(change.row()));
                    batch.put(
                            handles.get(Family.OPTIMIZER_STATES.ordinal()),
                            key,
                            RowLayout.toBytes(change.optimizerState()));
                }
                ColumnFamilyHandle meta = handles.get(Family.META.ordinal());
                batch.put(handles.get(Family.CHANGES.ordinal()), tick, digest);
                batch.put(meta, LaneDatabase.TICK, tick);
                batch.put(meta, LaneDatabase.DIGEST, digest);
                batch.put(meta, LaneDatabase.FRONTIER, LaneDatabase.frontierBytes(changes.frontier()));
                db.write(options, batch);
            }
        }

        @Override
        public void close() {
            handles.forEach(ColumnFamilyHandle::close);
            db.close();
            options.close();
        }
    }

    private String plain(Path at) throws Exception {
        StoreResources resources = new StoreResources(StoreOptions.learner());
        List<Plain> lanes = new ArrayList<>();
        for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
            lanes.add(new Plain(Files.createDirectories(at.resolve("lane-" + lane)), resources));
        }
        String took = millis(changes -> {
            for (int lane = 0; lane < lanes.size(); lane++) {
                lanes.get(lane).write(changes, lane);
            }
        });
        lanes.forEach(Plain::close);
        resources.close();
        return took;
    }

    private String digested(Path at) throws RocksDBException {
        try (RocksStore store = RocksStore.open(at, LAYOUT, StoreOptions.learner())) {
            return millis(store::apply);
        }
    }

    @Test
    void measure() throws Exception {
        for (int round = 0; round < 2; round++) {
            System.out.println("without digests of content: " + plain(directory.resolve("plain-" + round)));
            System.out.println("with digests of content: " + digested(directory.resolve("digested-" + round)));
        }
    }
}
