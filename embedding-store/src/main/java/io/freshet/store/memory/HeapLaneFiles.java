package io.freshet.store.memory;

import io.freshet.store.Checkpointable;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.History;
import io.freshet.store.ItemRow;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.codec.BytesWriter;
import io.freshet.store.codec.CoOccurrenceLayout;
import io.freshet.store.codec.HistoryLayout;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.codec.RowLayout;
import io.freshet.store.codec.Sha256;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * A lane of a store on the heap as files: {@code CURRENT}, and tables that it names. A table is named by its content,
 * so one that did not change between two snapshots is one file of both.
 *
 * <pre>
 * CURRENT = i32 magic | u8 version=1 | i64 tick | bytes digest | bytes content digest
 *   | bytes own digest | i32 n {i32 partition, i64 offset}
 *   | i32 n {i64 tick, bytes digest} | dense | own | i32 n {text name, bytes value} | i32 n {text table} | i32 crc32c
 * dense, own = i32 n {text name, i32 n {f32}}
 * table = i32 magic | u8 version=1 | i32 n {row, f32 second moment, i64 last step} | i32 n {co-occurrences}
 *   | i32 n {history} | i32 crc32c
 * bytes, text = i32 bytes | ...; row, co-occurrences, history as in RowLayout, CoOccurrenceLayout, HistoryLayout
 * </pre>
 */
final class HeapLaneFiles {
    private static final String CURRENT = "CURRENT";
    private static final int MAGIC = 0x4648_4c4e;
    private static final int VERSION = 1;
    private static final int TABLES = 4;

    /**
     * What a lane is as of a tick.
     *
     * @param tick last tick
     * @param digest chained digest, {@code [32]}
     * @param frontier highest offset learned per partition
     * @param kept chained digests of recent ticks, oldest first, {@code [32]} each
     */
    record Header(long tick, byte[] digest, Map<Integer, Long> frontier, Map<Long, byte[]> kept) {}

    private final StoreLayout layout;
    private final Path directory;

    HeapLaneFiles(StoreLayout layout, Path directory) {
        this.layout = layout;
        this.directory = directory;
    }

    /** Whether a lane was ever written here. */
    boolean exist() {
        return Files.exists(directory.resolve(CURRENT));
    }

    void write(Header header, HeapLane lane) throws IOException {
        BytesWriter out = begin();
        out.putLong(header.tick());
        out.putBytes(header.digest());
        out.putBytes(lane.contentDigest());
        out.putBytes(lane.ownDigest());
        out.putInt(header.frontier().size());
        header.frontier().forEach((partition, offset) -> {
            out.putInt(partition);
            out.putLong(offset);
        });
        out.putInt(header.kept().size());
        header.kept().forEach((tick, digest) -> {
            out.putLong(tick);
            out.putBytes(digest);
        });
        writeTensors(out, lane.dense);
        writeTensors(out, lane.own);
        out.putInt(lane.attributes.size());
        lane.attributes.forEach((name, value) -> {
            out.putText(name);
            out.putBytes(value);
        });
        out.putInt(TABLES);
        for (int table = 0; table < TABLES; table++) {
            byte[] bytes = table(lane, table);
            String name =
                    HexFormat.of().formatHex(Sha256.digest().digest(bytes)).substring(0, 16) + Checkpointable.TABLE;
            Files.write(directory.resolve(name), bytes);
            out.putText(name);
        }
        Files.write(directory.resolve(CURRENT), end(out));
    }

    private static void writeTensors(BytesWriter out, Map<String, float[]> tensors) {
        out.putInt(tensors.size());
        tensors.forEach((name, values) -> {
            out.putText(name);
            RowLayout.writeFloats(out, values);
        });
    }

    private <T> List<T> ofTable(HeapLane lane, Map<Long, T> values, int table) {
        Map<Long, T> mine = new TreeMap<>();
        values.forEach((id, value) -> {
            if (layout.keyGroupOf(id) % TABLES == table) {
                mine.put(id, value);
            }
        });
        return lane.inOrder(mine);
    }

    private byte[] table(HeapLane lane, int table) {
        BytesWriter out = begin();
        List<RowChange> rows = ofTable(lane, lane.rows, table);
        out.putInt(rows.size());
        rows.forEach(change -> {
            RowLayout.write(out, change.row());
            out.putFloat(change.optimizerState().secondMoment());
            out.putLong(change.optimizerState().lastStep());
        });
        List<CoOccurrenceRow> coOccurrences = ofTable(lane, lane.coOccurrences, table);
        out.putInt(coOccurrences.size());
        coOccurrences.forEach(row -> CoOccurrenceLayout.write(out, row));
        List<History> histories = ofTable(lane, lane.histories, table);
        out.putInt(histories.size());
        histories.forEach(h -> HistoryLayout.write(out, h.user(), h.subject(), h.interactions()));
        return end(out);
    }

    private static BytesWriter begin() {
        BytesWriter out = new BytesWriter(1024);
        out.putInt(MAGIC);
        out.putByte(VERSION);
        return out;
    }

    private static byte[] end(BytesWriter out) {
        CRC32C crc = new CRC32C();
        crc.update(out.array(), 0, out.size());
        out.putInt((int) crc.getValue());
        return out.toBytes();
    }

    /**
     * Reads what {@link #write} wrote into an empty lane.
     *
     * @throws IllegalStateException naming the file that is damaged or of another version
     */
    Header read(HeapLane lane) throws IOException {
        List<String> tables = new ArrayList<>();
        Header[] header = new Header[1];
        byte[][] kept = new byte[2][];
        read(CURRENT, in -> {
            header[0] = header(in, kept);
            Map<String, float[]> dense = new TreeMap<>();
            readTensors(in, dense);
            dense.forEach(lane::putDense);
            Map<String, float[]> own = new TreeMap<>();
            readTensors(in, own);
            Map<String, byte[]> attributes = new TreeMap<>();
            for (int n = in.getInt(); n > 0; n--) {
                attributes.put(RowLayout.readText(in), readBytes(in));
            }
            lane.putOwn(own, attributes);
            for (int n = in.getInt(); n > 0; n--) {
                tables.add(RowLayout.readText(in));
            }
        });
        for (String table : tables) {
            read(table, in -> readTable(in, lane));
        }
        LaneDigests.require("content in " + directory, kept[0], lane.contentDigest());
        LaneDigests.require("own state in " + directory, kept[1], lane.ownDigest());
        return header[0];
    }

    /** @param content gets the digests of the lane's content and own state */
    private static Header header(ByteBuffer in, byte[][] content) {
        long tick = in.getLong();
        byte[] digest = readBytes(in);
        content[0] = readBytes(in);
        content[1] = readBytes(in);
        Map<Integer, Long> frontier = new TreeMap<>();
        for (int n = in.getInt(); n > 0; n--) {
            frontier.put(in.getInt(), in.getLong());
        }
        Map<Long, byte[]> kept = new TreeMap<>();
        for (int n = in.getInt(); n > 0; n--) {
            kept.put(in.getLong(), readBytes(in));
        }
        return new Header(tick, digest, frontier, kept);
    }

    private static void readTable(ByteBuffer in, HeapLane lane) {
        for (int n = in.getInt(); n > 0; n--) {
            ItemRow row = RowLayout.read(in);
            lane.put(new RowChange(row, new OptimizerState(in.getFloat(), in.getLong())));
        }
        for (int n = in.getInt(); n > 0; n--) {
            lane.put(CoOccurrenceLayout.read(in));
        }
        for (int n = in.getInt(); n > 0; n--) {
            lane.put(HistoryLayout.read(in));
        }
    }

    private static void readTensors(ByteBuffer in, Map<String, float[]> tensors) {
        for (int n = in.getInt(); n > 0; n--) {
            tensors.put(RowLayout.readText(in), RowLayout.readFloats(in));
        }
    }

    private static byte[] readBytes(ByteBuffer in) {
        byte[] bytes = new byte[RowLayout.bounded(in.getInt(), in.remaining())];
        in.get(bytes);
        return bytes;
    }

    private void read(String name, Consumer<ByteBuffer> reader) throws IOException {
        Path file = directory.resolve(name);
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length < 9 || in.getInt() != MAGIC || in.get() != VERSION) {
            throw new IllegalStateException(file + " is no file of a lane on the heap, or of another version than "
                    + VERSION + "; restore it from a snapshot");
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - 4);
        if (in.getInt(bytes.length - 4) != (int) crc.getValue()) {
            throw new IllegalStateException(file + " is damaged (its checksum differs); restore it from a snapshot");
        }
        try {
            reader.accept(in.limit(bytes.length - 4));
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new IllegalStateException(file + " is damaged: " + e.getMessage(), e);
        }
    }
}
