package io.freshet.verification.simulation;

import io.freshet.job.records.TickedEvent;
import io.freshet.train.tick.LogEvent;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Events of a topic that was made again, which were in open ticks when it was left: they are learned in their ticks,
 * before the events of the topic that is read now, and their offsets count for nothing.
 *
 * @param ticks by tick
 */
record Former(Map<Long, List<LogEvent>> ticks) {
    /** Those that a checkpoint holds, for a start that reads a topic. */
    static Former of(Checkpoints.@Nullable Completed from, String topicId) {
        Map<Long, List<LogEvent>> ticks = new TreeMap<>();
        if (from != null) {
            boolean leaves = !from.source().get(0).topicId().equals(topicId);
            for (TickedEvent event : heldBy(from)) {
                if (event.event && (leaves || event.offset < 0)) {
                    event.offset += event.offset < 0 ? 0 : Long.MIN_VALUE;
                    ticks.computeIfAbsent(event.tick, tick -> new ArrayList<>()).add(event.toLogEvent());
                }
            }
        }
        ticks.values()
                .forEach(events ->
                        events.sort(Comparator.comparingInt(LogEvent::partition).thenComparingLong(LogEvent::offset)));
        return new Former(ticks);
    }

    /** What learners hold of open ticks, as a checkpoint has it. */
    static List<TickedEvent> heldBy(Checkpoints.Completed from) {
        List<TickedEvent> held = new ArrayList<>();
        from.entries().forEach(entry -> read(entry, held));
        return held;
    }

    private static void read(byte[] entry, List<TickedEvent> held) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(entry))) {
            in.readInt();
            in.readInt();
            in.readUTF();
            in.readUTF();
            for (int n = in.readInt(); n > 0; n--) {
                held.add(TickedEvent.read(in));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<LogEvent> of(long tick) {
        return ticks.getOrDefault(tick, List.of());
    }
}
