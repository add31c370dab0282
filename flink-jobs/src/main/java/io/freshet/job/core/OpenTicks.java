package io.freshet.job.core;

import io.freshet.job.records.TickedEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.CRC32;

/** Events of ticks that are still open, as they came. */
final class OpenTicks {
    private static final int MAGIC = 0x46724c65;
    private static final int VERSION = 2;

    private final TreeMap<Long, List<TickedEvent>> ticks = new TreeMap<>();
    private int records;

    void add(TickedEvent event) {
        ticks.computeIfAbsent(event.tick, tick -> new ArrayList<>()).add(event);
        records++;
    }

    /** Number of records held. */
    int records() {
        return records;
    }

    /**
     * What comes next is of another log, whose offsets begin again. What is held stays and keeps its order, before what
     * comes: its offsets, below 0 from now on, say nothing of how far the new log was read.
     */
    void beginLog() {
        ticks.values()
                .forEach(events -> events.forEach(event -> {
                    if (event.offset >= 0) {
                        event.offset += Long.MIN_VALUE;
                    }
                }));
    }

    /** Highest offsets per partition of every tick that ends by a watermark. */
    TreeMap<Long, TreeMap<Integer, Long>> closedBy(long watermark, long tickMillis) {
        TreeMap<Long, TreeMap<Integer, Long>> closed = new TreeMap<>();
        for (Map.Entry<Long, List<TickedEvent>> tick : ticks.entrySet()) {
            if ((tick.getKey() + 1) * tickMillis - 1 > watermark) {
                break;
            }
            TreeMap<Integer, Long> maxOffsets = new TreeMap<>();
            for (TickedEvent one : tick.getValue()) {
                if (one.offset >= 0) {
                    maxOffsets.merge(one.partition, one.offset, Math::max);
                }
            }
            closed.put(tick.getKey(), maxOffsets);
        }
        return closed;
    }

    /** Takes a tick out. */
    List<TickedEvent> remove(long tick) {
        List<TickedEvent> events = Objects.requireNonNullElse(ticks.remove(tick), List.of());
        records -= events.size();
        return events;
    }

    /**
     * One learner's entry of a checkpoint.
     *
     * <pre>
     * i32 magic | i32 version=2 | text repository id | text snapshot | i32 n {event} | i32 crc of all before
     * </pre>
     *
     * @param snapshot name of the snapshot that the checkpoint makes
     */
    byte[] toEntry(String repository, String snapshot) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeInt(VERSION);
            out.writeUTF(repository);
            out.writeUTF(snapshot);
            out.writeInt(records);
            for (List<TickedEvent> events : ticks.values()) {
                for (TickedEvent event : events) {
                    event.write(out);
                }
            }
            out.writeInt(crc(bytes.toByteArray(), bytes.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * What an entry names.
     *
     * @param repository id of the repository that has the snapshot
     * @param snapshot name of the snapshot
     */
    record Origin(String repository, String snapshot) {}

    /**
     * Adds the events of an entry that are this learner's.
     *
     * @throws PermanentFailure if the bytes are of another version, cut short or damaged
     */
    Origin addEntry(byte[] entry, Predicate<TickedEvent> mine) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(entry))) {
            if (entry.length < 12 || in.readInt() != MAGIC) {
                throw new PermanentFailure(
                        "the checkpoint holds a learner's entry of format 1, this release reads format " + VERSION
                                + ": start without it, or go on with the release that wrote it");
            }
            int version = in.readInt();
            int crc = crc(entry, entry.length - 4);
            if (version != VERSION) {
                throw new PermanentFailure("the checkpoint holds a learner's entry of format " + version
                        + ", this release reads format " + VERSION
                        + ": start without it, or go on with the release that wrote it");
            }
            Origin origin = new Origin(in.readUTF(), in.readUTF());
            List<TickedEvent> events = new ArrayList<>();
            for (int n = in.readInt(); n > 0; n--) {
                events.add(TickedEvent.read(in));
            }
            if (in.readInt() != crc) {
                throw new PermanentFailure("a learner's entry of the checkpoint with snapshot " + origin.snapshot()
                        + " is damaged: its checksum does not match; restore another checkpoint");
            }
            events.stream().filter(mine).forEach(this::add);
            return origin;
        } catch (IOException e) {
            throw new PermanentFailure("a learner's entry of the checkpoint is cut short; restore another one", e);
        }
    }

    private static int crc(byte[] bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
