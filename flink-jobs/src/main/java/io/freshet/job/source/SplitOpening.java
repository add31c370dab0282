package io.freshet.job.source;

import io.freshet.job.clock.TickLedger;
import io.freshet.job.clock.TickSequence;
import io.freshet.job.core.Accepted;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.TickedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares splits with what the log has now, and brings the tick sequence to where they stand. What does not fit is
 * refused, or, if the start accepts it, noted for the learner to record.
 */
final class SplitOpening {
    private static final Logger LOG = LoggerFactory.getLogger(SplitOpening.class);

    /**
     * Offsets that were deleted before they were learned.
     *
     * @param from first of them
     * @param to first that there is
     */
    private record Gap(int partition, long from, long to) {}

    private final IngestCore.Setup setup;
    private final LogPort topic;
    private final LogPort.Description now;
    private final TickSequence ticks;
    private final PublishedTicks feed;
    private final List<TickedEvent> notes = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private final Map<Integer, byte[]> badRecords = new TreeMap<>();
    private OptionalLong ledgerFrom = OptionalLong.empty();

    SplitOpening(
            IngestCore.Setup setup, LogPort topic, LogPort.Description now, TickSequence ticks, PublishedTicks feed) {
        this.setup = setup;
        this.topic = topic;
        this.now = now;
        this.ticks = ticks;
        this.feed = feed;
    }

    /** What the learner has to record. */
    List<TickedEvent> notes() {
        return notes;
    }

    /** Counts of bad records to go on with, of partitions that had some. */
    Map<Integer, byte[]> badRecords() {
        return badRecords;
    }

    /** From where in the change feed the ledger was read; empty if it was not. */
    OptionalLong ledgerFrom() {
        return ledgerFrom;
    }

    /**
     * Opens splits.
     *
     * @return positions to read from; below 0: the beginning
     * @throws PermanentFailure if the log is not what they were saved of
     */
    Map<Integer, Long> open(List<LogSplit> splits) {
        Map<Integer, LogSplit> restored = splits.stream()
                .filter(LogSplit::isRestored)
                .collect(Collectors.toMap(LogSplit::partition, split -> split, (a, b) -> a, TreeMap::new));
        Map<Integer, Long> positions = restored.isEmpty() ? new TreeMap<>() : restore(restored);
        Map<Integer, LogSplit> fresh = splits.stream()
                .filter(split -> !split.isRestored())
                .collect(Collectors.toMap(LogSplit::partition, split -> split, (a, b) -> a, TreeMap::new));
        if (!fresh.isEmpty()) {
            begin(fresh, positions);
        }
        gaps.forEach(this::note);
        return positions;
    }

    /** Opens partitions of which no checkpoint has anything, from their beginnings or behind a snapshot. */
    private void begin(Map<Integer, LogSplit> fresh, Map<Integer, Long> positions) {
        boolean behindState = fresh.values().stream().anyMatch(split -> split.position() >= 0);
        LogPort.Bounds bounds = behindState ? topic.bounds(fresh.keySet()) : new LogPort.Bounds(Map.of(), Map.of());
        fresh.forEach((partition, split) -> {
            ticks.add(partition);
            positions.put(partition, split.position() < 0 ? split.position() : within(split, bounds));
            if (split.afterTick() >= 0) {
                ticks.beginAfter(split.afterTick(), Map.of(partition, Math.max(0, split.position())));
            }
        });
    }

    private Map<Integer, Long> restore(Map<Integer, LogSplit> restored) {
        Map<Integer, byte[]> clocks = new TreeMap<>();
        restored.forEach((partition, split) -> clocks.put(partition, split.clock()));
        try {
            ticks.restore(clocks);
        } catch (IllegalStateException e) {
            throw new PermanentFailure(String.valueOf(e.getMessage()), e);
        }
        LogSplit any = restored.values().iterator().next();
        restored.forEach((partition, split) -> {
            if (split.breaker().length > 0) {
                badRecords.put(partition, split.breaker());
            }
        });
        if (!any.topicId().equals(now.id())) {
            return otherTopic(any, restored.keySet());
        }
        List<Integer> missing = restored.keySet().stream()
                .filter(partition -> !now.partitions().contains(partition))
                .toList();
        if (!missing.isEmpty()) {
            throw new PermanentFailure("topic " + topic.name() + " has no partitions " + missing
                    + " any more, which were read before; what to do: read a topic that has them");
        }
        LogPort.Bounds bounds = topic.bounds(restored.keySet());
        Map<Integer, Long> positions = new TreeMap<>();
        restored.forEach((partition, split) -> positions.put(partition, within(split, bounds)));
        long from =
                restored.values().stream().mapToLong(LogSplit::feedOffset).min().orElse(-1);
        TickLedger published = feed.read(from, now.id());
        if (!gaps.isEmpty()) {
            LOG.warn("what was published behind the checkpoint is not repeated, since the log is another one without"
                    + " what was deleted: it is cut anew, and scorers that have it load a snapshot");
            ticks.beginBehind(published.last());
            ledgerFrom = OptionalLong.of(published.readTo());
            return positions;
        }
        keepRepeatable(published, bounds);
        ticks.follow(published);
        ledgerFrom = OptionalLong.of(from);
        return positions;
    }

    /** Leaves of what was published what the log, the feed and the checkpoint bear out, from the first tick on. */
    private void keepRepeatable(TickLedger published, LogPort.Bounds bounds) {
        published.dropUntil(ticks.closed());
        int whole = published.size();
        published.dropBeyond(bounds.end());
        int within = published.size();
        published.keepWhile(ticks::fits);
        if (published.size() < within) {
            LOG.warn(
                    "{} ticks do not agree with what the checkpoint holds of open ones: a replaced learner published"
                            + " them when others had read on",
                    within - published.size());
        }
        published.dropBehindHole(ticks.closed());
        if (published.size() < whole) {
            LOG.warn(
                    "{} ticks were published before, but the log does not hold them all, the feed not what led to"
                            + " them, or the checkpoint has read more than they knew of: the log is cut anew, and"
                            + " scorers that have them load a snapshot",
                    whole - published.size());
        }
        if (published.size() > 0) {
            LOG.info(
                    "{} ticks up to {} were published before and are cut as they were",
                    published.size(),
                    published.last());
        }
    }

    private Map<Integer, Long> otherTopic(LogSplit any, Set<Integer> partitions) {
        String what = "the checkpoint is of topic " + topic.name() + " with the id " + any.topicId()
                + ", the topic of that name has the id " + now.id() + " now";
        if (!setup.accept().contains(Accepted.OTHER_TOPIC)) {
            throw new PermanentFailure(what + ": it was made again, and its offsets begin again. Start without the"
                    + " checkpoint, or with start.accept=other-topic to go on with the model in the new topic");
        }
        LOG.warn("{}; as accepted, the model goes on with the new topic from its beginning", what);
        // What the feed has by now are ticks of the former topic's offsets: none of them is to be repeated, ever.
        TickLedger published = feed.read(any.feedOffset(), "");
        ticks.beginBehind(published.last());
        ledgerFrom = OptionalLong.of(published.readTo());
        Map<Integer, Long> positions = new TreeMap<>();
        for (int partition : partitions) {
            ticks.beginAgain(partition);
            if (now.partitions().contains(partition)) {
                positions.put(partition, LogSplit.BEGINNING);
            } else {
                ticks.remove(partition);
            }
        }
        return positions;
    }

    private long within(LogSplit split, LogPort.Bounds bounds) {
        int partition = split.partition();
        long begin = bounds.begin().getOrDefault(partition, 0L);
        long end = bounds.end().getOrDefault(partition, 0L);
        long position = split.position();
        String where = topic.name() + " partition " + partition;
        if (position > end) {
            throw new PermanentFailure(where + " ends at offset " + end + ", but it was read up to " + position
                    + " before: the log was cut. Start without the checkpoint");
        }
        if (begin <= position || position < 0) {
            return position;
        }
        String gap = where + " begins at offset " + begin + ", but what follows the state is offset " + position + ": "
                + (begin - position) + " offsets were deleted before they were learned";
        if (!setup.accept().contains(Accepted.GAP)) {
            throw new PermanentFailure(gap + ". start.accept=gap goes on with what is there and records the gap; a"
                    + " longer retention avoids it");
        }
        LOG.warn("{}; as accepted, it goes on", gap);
        gaps.add(new Gap(partition, position, begin));
        return begin;
    }

    private void note(Gap gap) {
        // Not before the partition's open records: what a tick reaches to is a prefix.
        long tick = Math.max(ticks.closed() + 1, ticks.lastTick(gap.partition()));
        ticks.passOver(gap.partition(), tick, gap.from(), gap.to() - 1);
        notes.add(TickedEvent.note(
                tick,
                gap.partition(),
                gap.to() - 1,
                setup.userOfFirstLane(),
                "gap of offsets " + gap.from() + " to " + (gap.to() - 1)));
    }
}
