package io.freshet.job.source;

import io.freshet.job.clock.ClockConfig;
import io.freshet.job.clock.ClockCounts;
import io.freshet.job.clock.EndOffsets;
import io.freshet.job.clock.TickSequence;
import io.freshet.job.core.Accepted;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EntityIds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What the source does between the log's brokers and the learners, without Flink and Kafka: it opens partitions where
 * a checkpoint left them, gives records their ticks, closes ticks, and says what the next checkpoint has to hold. Owned
 * by one thread.
 */
public final class IngestCore {
    /**
     * How it works.
     *
     * @param clock rules of the log's clock
     * @param ids hashes of what events name
     * @param accept what this start accepts
     * @param userOfFirstLane a subject of the first lane, whose learner records what was accepted
     * @param topicId id that the topic had when the job was submitted; empty if that is not known
     */
    public record Setup(ClockConfig clock, EntityIds ids, Set<Accepted> accept, long userOfFirstLane, String topicId) {
        /** Of a topic whose id is not known. */
        public Setup(ClockConfig clock, EntityIds ids, Set<Accepted> accept, long userOfFirstLane) {
            this(clock, ids, accept, userOfFirstLane, "");
        }
    }

    private static final byte[] NONE = {};

    private final Setup setup;
    private final LogPort log;
    private final PublishedTicks published;
    private final TickSequence ticks;
    private final Map<Integer, LogSplit> splits = new TreeMap<>();
    /** Where partitions are read from of which nothing came yet. */
    private final Map<Integer, Long> unread = new TreeMap<>();
    /** What starts accepted, to be told to the learner with the first records. */
    private final List<TickedEvent> notes = new ArrayList<>();

    private String topicId = "";
    private Map<Integer, byte[]> badRecords = Map.of();
    /** From where in the change feed the ledger was read that is being repeated. */
    private long ledgerFrom = -1;

    /** @param published what the change feed has */
    public IngestCore(Setup setup, LogPort log, PublishedTicks published) {
        this.setup = setup;
        this.log = log;
        this.published = published;
        ticks = new TickSequence(setup.clock(), List.of(), setup.ids());
    }

    /**
     * Opens partitions.
     *
     * @return positions to read them from; below 0: their beginning
     * @throws PermanentFailure if the log is not what they were saved of, and the start does not accept it
     */
    public Map<Integer, Long> open(List<LogSplit> added) {
        LogPort.Description now = log.describe();
        requireSubmitted(now);
        if (!topicId.isEmpty() && !topicId.equals(now.id())) {
            throw new PermanentFailure("topic " + log.name() + " was made again while it was read: its id was "
                    + topicId + " and is " + now.id() + "; start.accept=other-topic goes on with it");
        }
        // A partition that a checkpoint had, and the discovery of partitions finds again, is read already.
        List<LogSplit> opened = added.stream()
                .filter(split -> split.isRestored() || !splits.containsKey(split.partition()))
                .toList();
        SplitOpening opening = new SplitOpening(setup, log, now, ticks, published);
        Map<Integer, Long> positions = opening.open(opened);
        topicId = now.id();
        badRecords = opening.badRecords();
        ledgerFrom = opening.ledgerFrom().orElse(ledgerFrom);
        notes.addAll(opening.notes());
        unread.putAll(offsets(positions));
        // Of a topic that was made again with fewer partitions some are no more.
        opened.stream()
                .filter(split -> positions.containsKey(split.partition()))
                .forEach(split -> splits.put(split.partition(), split));
        return positions;
    }

    /**
     * Asks where partitions begin that are read from their beginnings: what is deleted from now on was not learned.
     *
     * @param positions to read from; below 0: the beginning
     * @return the same as offsets
     */
    private Map<Integer, Long> offsets(Map<Integer, Long> positions) {
        Map<Integer, Long> offsets = new TreeMap<>(positions);
        offsets.values().removeIf(position -> position >= 0);
        if (!offsets.isEmpty()) {
            LogPort.Bounds bounds = log.bounds(offsets.keySet());
            offsets.replaceAll((partition, position) -> bounds.begin().getOrDefault(partition, 0L));
        }
        positions.forEach(offsets::putIfAbsent);
        return offsets;
    }

    /** The learner was told of the topic that there was then. */
    private void requireSubmitted(LogPort.Description now) {
        if (!setup.topicId().isEmpty() && !setup.topicId().equals(now.id())) {
            throw new PermanentFailure("topic " + log.name()
                    + " was made again since the job was submitted: its id was "
                    + setup.topicId() + " and is " + now.id() + ". Submit the job again; start.accept=other-topic goes"
                    + " on with a state of the former one");
        }
    }

    /** Counts of bad records that the partitions opened last were saved with. */
    public Map<Integer, byte[]> badRecords() {
        return badRecords;
    }

    /** Id of the topic that is read; empty before anything is. */
    public String topicId() {
        return topicId;
    }

    /** Tells what starts accepted; before anything else goes out. */
    public void tellNotes(TickSequence.Output out) {
        notes.forEach(out::event);
        notes.clear();
    }

    /** Takes what was seen of the log's ends, after all records that were read by then. */
    public void observeEnds(EndOffsets seen, TickSequence.Output out) {
        ticks.observeEnds(seen, out);
    }

    /**
     * Takes records, and how far the log was read with them.
     *
     * @param positions offsets that are read next, control records and gaps behind them
     * @param decoder reads a record that is no heartbeat
     */
    public void take(
            List<RawRecord> records,
            Map<Integer, Long> positions,
            Function<RawRecord, Decoded> decoder,
            TickSequence.Output out) {
        for (RawRecord record : records) {
            ticks.take(record, decoder, out);
            unread.remove(record.partition);
        }
        positions.forEach((partition, position) -> {
            ticks.reached(partition, position);
            unread.remove(partition);
        });
    }

    /** Partitions that are not to be read now. */
    public Set<Integer> paused() {
        return ticks.paused();
    }

    /** What the clock met so far. */
    public ClockCounts counts() {
        return ticks.counts();
    }

    /**
     * What a checkpoint has to hold.
     *
     * @param feedEnd where the change feed ended, at the latest; -1 if that is not known
     * @param counts of bad records of partitions, as their breakers save them
     */
    public List<LogSplit> save(long feedEnd, Map<Integer, byte[]> counts) {
        List<LogSplit> saved = new ArrayList<>();
        Map<Integer, byte[]> clocks = ticks.save();
        Map<Integer, Long> next = ticks.next();
        // Ticks that are still to be repeated stand in the feed where they stood, before what is published again.
        long from = ticks.isPastLedger() && feedEnd >= 0 ? feedEnd : ledgerFrom;
        // Partitions that another topic does not have are not among them any more.
        clocks.forEach((partition, clock) -> {
            LogSplit split = splits.get(partition);
            // Offset 0 may be gone long ago, which would be taken for a gap.
            long position = unread.getOrDefault(partition, next.getOrDefault(partition, 0L));
            long after = split == null ? -1 : split.afterTick();
            saved.add(new LogSplit(
                    topicId, partition, position, after, clock, from, counts.getOrDefault(partition, NONE)));
        });
        return saved;
    }
}
