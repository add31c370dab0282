package io.freshet.store.codec;

import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.DenseTensor;
import io.freshet.store.History;
import io.freshet.store.HistoryAppend;
import io.freshet.store.LaneChanges;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * A lane's changes in serving format (rows without optimizer states), as the change feed carries and the digests
 * cover them.
 *
 * <pre>
 * u8 version=3 | i64 tick | i32 lane | i32 n {i32 partition, i64 offset} | i32 n {row} | i32 n {co-occurrences}
 *   | i32 n {i64 removed}
 *   | i32 n {i64 user, text subject, i32 n {interaction}} | i32 n {text name, i32 n {f32}} | i32 crc32c of all before
 * row = i64 item | text name | i64 ordinal | f32 frequency | f32 recent frequency | i64 last tick | i32 width | f32 ...
 * co-occurrences = i64 item | i32 n {i64 item, f32 count}
 * interaction = i64 item | u8 action | i64 event time | f32 value | i64 event id
 * text = i32 bytes | UTF-8
 * </pre>
 */
public final class LaneChangesCodec {
    private static final int VERSION = 3;

    private LaneChangesCodec() {}

    /** A lane's changes with the tick they belong to; optimizer states of decoded rows are zero. */
    public record Decoded(long tick, Map<Integer, Long> frontier, LaneChanges changes) {}

    /** Writes one lane of a tick as {@code [bytes]}. */
    public static byte[] encode(long tick, Map<Integer, Long> frontier, LaneChanges changes) {
        BytesWriter out = new BytesWriter(roughBytes(changes));
        out.putByte(VERSION);
        out.putLong(tick);
        out.putInt(changes.lane());
        out.putInt(frontier.size());
        for (Map.Entry<Integer, Long> entry : new TreeMap<>(frontier).entrySet()) {
            out.putInt(entry.getKey());
            out.putLong(entry.getValue());
        }
        out.putInt(changes.rows().size());
        for (RowChange change : changes.rows()) {
            RowLayout.write(out, change.row());
        }
        out.putInt(changes.coOccurrences().size());
        for (CoOccurrenceRow row : changes.coOccurrences()) {
            CoOccurrenceLayout.write(out, row);
        }
        out.putInt(changes.removed().size());
        for (long item : changes.removed()) {
            out.putLong(item);
        }
        out.putInt(changes.histories().size());
        for (HistoryAppend append : changes.histories()) {
            HistoryLayout.write(out, append.user(), append.subject(), append.appended());
        }
        out.putInt(changes.dense().size());
        for (DenseTensor tensor : changes.dense()) {
            out.putText(tensor.name());
            RowLayout.writeFloats(out, tensor.values());
        }
        CRC32C crc = new CRC32C();
        crc.update(out.array(), 0, out.size());
        out.putInt((int) crc.getValue());
        return out.toBytes();
    }

    /** About what a lane's changes come to, so that the writer seldom has to grow. */
    private static int roughBytes(LaneChanges changes) {
        long bytes = 1024;
        for (RowChange change : changes.rows()) {
            bytes += 96 + 4L * change.row().embedding().length;
        }
        for (CoOccurrenceRow row : changes.coOccurrences()) {
            bytes += 12 + 12L * row.next().length;
        }
        for (HistoryAppend append : changes.histories()) {
            bytes += 64
                    + (long) HistoryLayout.INTERACTION_BYTES * append.appended().size();
        }
        for (DenseTensor tensor : changes.dense()) {
            bytes += 64 + 4L * tensor.values().length;
        }
        return (int) Math.min(bytes, 1 << 30);
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @param bytes {@code [bytes]}
     * @throws IllegalArgumentException if the bytes are damaged, cut short or of another version
     */
    public static Decoded decode(byte[] bytes) {
        if (bytes.length < 5) {
            throw new IllegalArgumentException("lane changes of " + bytes.length + " bytes: too short");
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - 4);
        int stored = ByteBuffer.wrap(bytes).getInt(bytes.length - 4);
        if (stored != (int) crc.getValue()) {
            throw new IllegalArgumentException("lane changes of " + bytes.length + " bytes: checksum "
                    + Integer.toHexString(stored) + " stored, " + Long.toHexString(crc.getValue()) + " computed");
        }
        if (bytes[0] != VERSION) {
            throw new IllegalArgumentException(
                    "lane changes of version " + bytes[0] + ", this release reads " + VERSION);
        }
        try {
            return decode(ByteBuffer.wrap(bytes, 1, bytes.length - 5));
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new IllegalArgumentException("lane changes of " + bytes.length + " bytes: inconsistent lengths", e);
        }
    }

    private static Decoded decode(ByteBuffer in) {
        long tick = in.getLong();
        int lane = in.getInt();
        Map<Integer, Long> frontier = new TreeMap<>();
        for (int n = in.getInt(); n > 0; n--) {
            frontier.put(in.getInt(), in.getLong());
        }
        List<RowChange> rows = new ArrayList<>();
        for (int n = in.getInt(); n > 0; n--) {
            rows.add(new RowChange(RowLayout.read(in), new OptimizerState(0, 0)));
        }
        List<CoOccurrenceRow> coOccurrences = new ArrayList<>();
        for (int n = in.getInt(); n > 0; n--) {
            coOccurrences.add(CoOccurrenceLayout.read(in));
        }
        List<Long> removed = new ArrayList<>();
        for (int n = in.getInt(); n > 0; n--) {
            removed.add(in.getLong());
        }
        List<HistoryAppend> histories = new ArrayList<>();
        for (int n = in.getInt(); n > 0; n--) {
            History history = HistoryLayout.read(in);
            histories.add(new HistoryAppend(history.user(), history.subject(), history.interactions()));
        }
        List<DenseTensor> dense = new ArrayList<>();
        for (int n = in.getInt(); n > 0; n--) {
            dense.add(new DenseTensor(RowLayout.readText(in), RowLayout.readFloats(in)));
        }
        return new Decoded(tick, frontier, new LaneChanges(lane, rows, coOccurrences, removed, histories, dense));
    }

    /**
     * Digest of a lane after a tick, {@code [32]}: SHA-256 of the one {@code before [32]} and of the changes in serving
     * format, {@code encoded [bytes]}.
     */
    public static byte[] chain(byte[] before, byte[] encoded) {
        MessageDigest sha = Sha256.digest();
        sha.update(before);
        sha.update(encoded);
        return sha.digest();
    }
}
