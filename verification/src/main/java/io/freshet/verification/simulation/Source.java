package io.freshet.verification.simulation;

import io.freshet.job.LanePartitioner;
import io.freshet.job.clock.ClockConfig;
import io.freshet.job.clock.EndOffsets;
import io.freshet.job.clock.Patience;
import io.freshet.job.clock.TickSequence;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.job.source.IngestCore;
import io.freshet.job.source.LogSplit;
import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.verification.simulation.log.LogScript;
import io.freshet.verification.simulation.log.SimulatedLog;
import io.freshet.verification.simulation.reference.Settings;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.Mutation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The source task: the product's {@link IngestCore}, with a fetcher that reads ahead, a prober that looks at the log's
 * ends, and a discoverer of partitions, each at its own pace. Sends to the learners through bounded channels.
 */
final class Source implements Actor {
    static final int CHANNEL = 24;
    private static final int BATCHES = 2;
    private static final int MOST = 4;
    private static final int SELDOM = 10;
    /** Most records of a partition that are read and not taken yet. */
    static final int READ_AHEAD = (BATCHES + 1) * MOST;

    private record Batch(List<RawRecord> records, Map<Integer, Long> positions) {}

    private final World world;
    private final Job job;
    private final List<LogSplit> restored;
    private final LanePartitioner partitioner = new LanePartitioner(Settings.KEY_GROUPS);
    private final EventDecoder decoder = LogScript.decoder();
    private final IngestCore core;
    private final SourceWatch watch;
    private final Fetcher fetcher = new Fetcher();
    private final OffsetProbe prober;
    private final Map<Integer, Long> positions = new TreeMap<>();
    private final ArrayDeque<Batch> batches = new ArrayDeque<>();
    private final Set<Integer> found = new TreeSet<>();
    private final ArrayDeque<Long> barriers = new ArrayDeque<>();
    private final int discovery;
    /** Number of the feed's topic that its end is of. */
    private int feedEpoch;

    private Set<Integer> paused = Set.of();
    private boolean opened;
    private boolean ended;

    Source(World world, Job job, Checkpoints.@Nullable Completed from) {
        this.world = world;
        this.job = job;
        restored = from == null ? List.of() : from.source();
        feedEpoch = from == null ? world.feed().epoch() : from.feedEpoch();
        ClockConfig clock = clock(world);
        prober = new OffsetProbe();
        core = new IngestCore(
                new IngestCore.Setup(
                        clock, LogScript.IDS, world.accept(), Settings.KEY_GROUPS.firstIdOf(0), job.topicId()),
                world.log(),
                world.feed()::ledger);
        watch = new SourceWatch(world, clock, prober.interval);
        discovery = 50 + world.random().nextInt(400);
    }

    private static ClockConfig clock(World world) {
        ClockConfig clock = world.log().script().clock();
        return world.mutation() != Mutation.OUTLIER_FOLLOWED
                ? clock
                : new ClockConfig(
                        clock.tickMillis(),
                        1L << 40,
                        clock.maxTickRecords(),
                        clock.maxOpenRecords(),
                        clock.idlePauseMillis());
    }

    /** Those beside it. */
    List<Actor> helpers() {
        return List.of(fetcher, prober, new Discoverer());
    }

    void barrier(long checkpoint) {
        barriers.add(checkpoint);
    }

    boolean isOpen() {
        return opened;
    }

    boolean ended() {
        return ended;
    }

    /** Whether an actor is the one that reads ahead, and what it would read is gone. */
    boolean isBehindTheLog(Actor actor) {
        return actor == fetcher
                && positions.entrySet().stream()
                        .anyMatch(one -> one.getValue() < world.log().begin(one.getKey()));
    }

    /** Whether everything there is was read, and taken. */
    boolean read() {
        if (!opened || isOfAnotherLog() || !world.log().isWritten() || !batches.isEmpty() || !found.isEmpty()) {
            return false;
        }
        Set<Integer> all = world.log().describe().partitions();
        return positions.keySet().containsAll(all)
                && positions.entrySet().stream()
                        .allMatch(one -> one.getValue() >= world.log().end(one.getKey()));
    }

    private boolean isOfAnotherLog() {
        return !core.topicId().equals(world.log().id());
    }

    @Override
    public String name() {
        return "source";
    }

    @Override
    public boolean ready() {
        if (!opened) {
            return true;
        }
        boolean news = !found.isEmpty()
                || prober.seen != null
                || prober.failure != null
                || !batches.isEmpty()
                || job.drains() && read();
        boolean work = !barriers.isEmpty() || !ended && news;
        return work && job.learners().stream().allMatch(learner -> learner.room(CHANNEL));
    }

    @Override
    public String waitsFor() {
        return "records, probes or room in its channels";
    }

    @Override
    public void step() {
        Output out = new Output();
        core.tellNotes(out);
        if (!opened) {
            open(restored.isEmpty() ? fresh(world.log().describe().partitions()) : restored);
            opened = true;
        } else if (!barriers.isEmpty()) {
            save(barriers.remove());
        } else if (!found.isEmpty()) {
            open(fresh(found));
            found.clear();
        } else {
            poll(out);
        }
        paused = world.mutation() == Mutation.NOBODY_IS_PAUSED ? Set.of() : core.paused();
    }

    private static List<LogSplit> fresh(Set<Integer> partitions) {
        return partitions.stream()
                .map(partition -> LogSplit.fresh(partition, LogSplit.BEGINNING, -1))
                .toList();
    }

    private void open(List<LogSplit> splits) {
        List<LogSplit> given = splits.stream().map(this::mutated).toList();
        Map<Integer, Long> from = core.open(given);
        world.invariants().opened(splits);
        from.forEach((partition, position) -> {
            boolean begin = position < 0;
            long at = begin ? world.log().begin(partition) : position;
            positions.put(partition, begin ? at : shifted(partition, at));
            watch.opened(partition, at);
        });
        watch.opened(core.counts());
    }

    private LogSplit mutated(LogSplit split) {
        if (!split.isRestored()) {
            return split;
        }
        byte[] clock = split.clock();
        long position = split.position();
        if (world.mutation() == Mutation.CLOCKS_FORGOTTEN) {
            TickSequence empty = new TickSequence(clock(world), List.of(split.partition()), LogScript.IDS);
            clock = empty.save().getOrDefault(split.partition(), clock);
        } else if (world.mutation() == Mutation.GAP_IGNORED
                && split.topicId().equals(world.log().id())) {
            position = position < 0 ? position : Math.max(position, world.log().begin(split.partition()));
        }
        return new LogSplit(
                split.topicId(),
                split.partition(),
                position,
                split.afterTick(),
                clock,
                split.feedOffset(),
                split.breaker());
    }

    private long shifted(int partition, long position) {
        long step = world.mutation() == Mutation.SOURCE_SKIPS_A_RECORD
                ? 1
                : world.mutation() == Mutation.SOURCE_REPEATS_A_RECORD ? -1 : 0;
        return Math.max(
                world.log().begin(partition),
                Math.min(position + step, world.log().end(partition)));
    }

    private void save(long checkpoint) {
        List<LogSplit> saved = core.save(prober.feedEnd, Map.of());
        job.learners().forEach(learner -> learner.send(new Element.Barrier(checkpoint)));
        world.trace(this, "sends the barrier of checkpoint " + checkpoint);
        world.checkpoints().acknowledge(checkpoint, saved, feedEpoch);
    }

    private void poll(Output out) {
        PermanentFailure failure = prober.failure;
        if (failure != null) {
            throw failure;
        }
        EndOffsets ends = prober.seen;
        if (ends != null) {
            prober.seen = null;
            core.observeEnds(ends, out);
            watch.observed(ends, core.counts());
        }
        Batch batch = batches.poll();
        if (batch != null) {
            core.take(
                    batch.records(),
                    world.mutation() == Mutation.POSITION_NOT_REPORTED ? Map.of() : batch.positions(),
                    this::decode,
                    out);
            watch.taken(batch.positions(), core.counts());
        } else if (ends == null && job.drains() && read()) {
            ended = true;
            job.learners().forEach(learner -> learner.send(new Element.End()));
            world.trace(this, "has read all and ends");
        }
    }

    private Decoded decode(RawRecord record) {
        return decoder.decode(record.value, record.timestamp);
    }

    /** What the core gives, on its way to the learners. */
    private final class Output implements TickSequence.Output {
        @Override
        public void event(TickedEvent event) {
            watch.assigned(event, core.counts().fullTicks());
            if (world.traces()) {
                world.trace(
                        Source.this,
                        "gives " + (event.event ? "event " : "place ") + event.partition + "/" + event.offset
                                + " in tick " + event.tick);
            }
            int learners = job.learners().size();
            job.learners().get(partitioner.partition(event.user, learners)).send(new Element.Event(event));
        }

        @Override
        public void watermark(long timestamp) {
            watch.closed(timestamp);
            if (world.traces()) {
                world.trace(Source.this, "closes tick " + ((timestamp + 1) / LogScript.TICK_MILLIS - 1));
            }
            job.learners().forEach(learner -> learner.send(new Element.Watermark(timestamp)));
        }

        @Override
        public void rejected(RawRecord record, Decoded.Rejected why) {
            // It was passed.
        }
    }

    /** Reads ahead of the source, as the consumer's thread does. */
    private final class Fetcher implements Actor {
        private final Set<Integer> told = new TreeSet<>();

        @Override
        public String name() {
            return "fetcher";
        }

        @Override
        public boolean ready() {
            // What ends has nobody who takes another batch.
            if (!opened || ended || batches.size() >= BATCHES || isOfAnotherLog()) {
                return false;
            }
            for (Map.Entry<Integer, Long> one : positions.entrySet()) {
                boolean more = one.getValue() < world.log().end(one.getKey());
                if (!paused.contains(one.getKey()) && (more || !told.contains(one.getKey()))) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public String waitsFor() {
            return "records behind " + positions + ", paused " + paused;
        }

        @Override
        public void step() {
            List<RawRecord> records = new ArrayList<>();
            Map<Integer, Long> reached = new TreeMap<>();
            for (Map.Entry<Integer, Long> one : positions.entrySet()) {
                int partition = one.getKey();
                if (paused.contains(partition) || world.random().nextInt(3) == 0) {
                    continue;
                }
                if (one.getValue() < world.log().begin(partition)) {
                    throw new PermanentFailure("offset " + one.getValue() + " of partition " + partition + " is gone");
                }
                SimulatedLog.Fetched fetched = world.log()
                        .fetch(partition, one.getValue(), 1 + world.random().nextInt(MOST));
                // The first position is told even if nothing is there: it is where the log begins now.
                if (fetched.position() > one.getValue() || told.add(partition)) {
                    told.add(partition);
                    records.addAll(fetched.records());
                    reached.put(partition, fetched.position());
                }
            }
            positions.putAll(reached);
            if (!reached.isEmpty()) {
                batches.add(new Batch(records, reached));
            }
        }
    }

    /** Looks at the ends of the log and of the feed: what it asks for is answered a while later. */
    private final class OffsetProbe implements Actor {
        private final long interval = 20 + world.random().nextInt(60);
        private final Patience patience = new Patience(interval);
        private long next;
        private long askedAt = -1;
        private int probes;
        private long feedEnd = -1;
        private @Nullable EndOffsets seen;
        private @Nullable PermanentFailure failure;

        @Override
        public String name() {
            return "prober";
        }

        @Override
        public boolean ready() {
            return opened && !ended && failure == null && world.now() >= next;
        }

        @Override
        public long notBefore() {
            return next;
        }

        @Override
        public void step() {
            if (askedAt < 0) {
                askedAt = patience.at(world.now());
                return;
            }
            if (probes++ % SELDOM == 0) {
                if (isOfAnotherLog()) {
                    failure = new PermanentFailure("the topic was made again while it was read");
                    return;
                }
                feedEnd = world.feed().end();
                feedEpoch = world.feed().epoch();
            }
            seen = new EndOffsets(askedAt, world.log().ends(positions.keySet()));
            askedAt = -1;
            next = world.now() + interval;
        }
    }

    /** Finds partitions that were added. */
    private final class Discoverer implements Actor {
        private long next = world.now() + discovery;

        @Override
        public String name() {
            return "discoverer";
        }

        @Override
        public boolean ready() {
            return opened && !ended && world.now() >= next;
        }

        @Override
        public long notBefore() {
            return next;
        }

        @Override
        public void step() {
            next = world.now() + discovery;
            if (!isOfAnotherLog()) {
                found.addAll(world.log().describe().partitions());
                found.removeAll(positions.keySet());
            }
        }
    }
}
