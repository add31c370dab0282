package io.freshet.job.clock;

import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EntityIds;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The log as a sequence of ticked events and watermarks. Records come in any interleaving of partitions.
 *
 * <p>A record's tick is {@code floor(clock / tick length)} of its partition's clock with the record in it, or the first
 * open tick if that is closed. A heartbeat moves its partition's clock and belongs to the tick that it ends; a record
 * that is rejected moves nothing. The tick of a partition that holds the most records it may is full: the clock goes on
 * to the next.
 *
 * <p>A tick is closed when no partition holds it. A partition holds a tick until
 *
 * <ul>
 *   <li>its clock has passed the tick's end; or
 *   <li>it was read to its end, as of a probe that was sent {@link ClockConfig#idlePauseMillis} after the tick was
 *       due and after the partition's last record, or twice that after the tick was due. A tick is due when some
 *       partition's clock passed it, and the last one with a record when no clock moves any more.
 * </ul>
 *
 * <p>While partitions are behind what the log has, only the first rule closes ticks, so that what a tick holds follows
 * from the partitions' prefixes alone. At the log's end the second lets nobody wait for long; where it decided, the
 * {@link TickLedger} remembers.
 */
public final class TickSequence {
    /** Where events and watermarks go, in order. */
    public interface Output {
        /** An event, or a record that is none and only says how far the log was read. */
        void event(TickedEvent event);

        /**
         * A tick and all before it are closed.
         *
         * @param timestamp last millisecond of the tick on the log's clock
         */
        void watermark(long timestamp);

        /** A record is no event; {@link #event} has had it as one that was passed. */
        void rejected(RawRecord record, Decoded.Rejected why);

        /**
         * A record's timestamp is too far from its partition's clock for the clock to follow it.
         *
         * @param clockMillis the clock, ms of log time
         */
        default void notFollowed(RawRecord record, long clockMillis) {
            // Whoever shows it counts it; the clock does, too.
        }
    }

    private final ClockConfig config;
    private final EntityIds ids;
    private final Map<Integer, PartitionState> partitions = new TreeMap<>();
    private final DueTimes due = new DueTimes();
    private TickLedger ledger = new TickLedger();
    /** Place of the ledger's next tick to close. */
    private int ledgerAt;

    private long now;
    private long movedAt;
    private long closed = -1;
    private long lastRecordTick = -1;
    private long fullTicks;
    private int openRecords;

    /**
     * A sequence at its beginning.
     *
     * @param partitions all partitions of the log, those without a record too
     * @param ids hashes of what events name
     */
    public TickSequence(ClockConfig config, Collection<Integer> partitions, EntityIds ids) {
        this.config = config;
        this.ids = ids;
        partitions.forEach(this::add);
    }

    /** A partition that was not there before; it begins with its first record. */
    public void add(int partition) {
        partitions.computeIfAbsent(partition, number -> new PartitionState(number, config));
    }

    /** Goes on from what {@link #save} gave of some partitions. */
    public void restore(Map<Integer, byte[]> saved) {
        saved.forEach((partition, bytes) -> {
            PartitionState state = new PartitionState(partition, config);
            SavedClock.Shared shared = SavedClock.read(state, bytes);
            closed = Math.max(closed, shared.closed());
            lastRecordTick = Math.max(lastRecordTick, shared.lastRecordTick());
            fullTicks = Math.max(fullTicks, shared.fullTicks());
            openRecords += state.openRecords();
            partitions.put(partition, state);
        });
    }

    /** What a checkpoint has to hold of every partition; together it is everything but the open records themselves. */
    public Map<Integer, byte[]> save() {
        Map<Integer, byte[]> saved = new TreeMap<>();
        SavedClock.Shared shared = new SavedClock.Shared(closed, lastRecordTick, fullTicks);
        partitions.forEach((partition, state) -> saved.put(partition, SavedClock.write(state, shared)));
        return saved;
    }

    /**
     * Begins with the records behind a state's frontier, as of its last tick: clocks stand at that tick's end.
     *
     * @param tick last tick of the state; -1 for the beginning of the log
     * @param first first offset to come, of every partition
     */
    public void beginAfter(long tick, Map<Integer, Long> first) {
        first.forEach((partition, offset) -> state(partition).next = offset);
        if (tick >= 0) {
            partitions.values().forEach(state -> state.clock.forward((tick + 1) * config.tickMillis()));
            closed = tick;
            lastRecordTick = tick;
        }
    }

    /**
     * Whether a published tick agrees with what is open here. A learner that was replaced may have published one that
     * does not, when others had already read on.
     */
    public boolean fits(TickLedger.Entry published) {
        return partitions.values().stream()
                .allMatch(state -> state.fits(
                        published.tick(),
                        published.previous(),
                        published.frontier().getOrDefault(state.partition, -1L)));
    }

    /** An open tick has no records of these offsets of a partition, which were passed over. */
    public void passOver(int partition, long tick, long first, long last) {
        state(partition).holds(tick, 0, first, last);
    }

    /** Repeats the ticks of a ledger behind the last closed one, before it goes on by itself. */
    public void follow(TickLedger published) {
        published.dropUntil(closed);
        ledger = published;
        ledgerAt = 0;
    }

    /** A partition's offsets begin again, in another log: its clock goes on from the first open tick. */
    public void beginAgain(int partition) {
        PartitionState state = new PartitionState(partition, config);
        state.lastTick = closed;
        PartitionState former = partitions.put(partition, state);
        if (former != null) {
            // Learners hold its open records until their ticks are closed.
            former.visitOpen((tick, records, first, last) -> state.holds(tick, records, -1, -1));
        }
    }

    /**
     * Ticks up to this one were closed for learners, as by a job that was drained: none of them is given to a record.
     */
    public void beginBehind(long tick) {
        if (tick > closed) {
            closed = tick;
            lastRecordTick = Math.max(lastRecordTick, tick);
            partitions.values().forEach(state -> openRecords -= state.closed(tick));
        }
    }

    /** A partition is no more; what is open of it counts as another one's. */
    public void remove(int partition) {
        PartitionState former = partitions.remove(partition);
        if (former == null) {
            return;
        }
        if (partitions.isEmpty()) {
            openRecords -= former.openRecords();
        } else {
            PartitionState other = partitions.values().iterator().next();
            former.visitOpen((tick, records, first, last) -> other.holds(tick, records, -1, -1));
        }
    }

    /** Whether all ticks of the ledger were repeated. */
    public boolean isPastLedger() {
        return ledgerAt >= ledger.size();
    }

    /**
     * Takes a partition's next record.
     *
     * @param decoder reads a record that is no heartbeat; what it throws goes to the caller
     */
    public void take(RawRecord record, Function<RawRecord, Decoded> decoder, Output out) {
        PartitionState state = state(record.partition);
        long passedBefore = state.lastPassedTick(config.tickMillis());
        Decoded decoded = record.heartbeat ? null : decoder.apply(record);
        long before = state.clock.time();
        boolean moves = record.heartbeat || decoded instanceof Decoded.Accepted;
        if (moves) {
            follow(state, record, out);
        }
        state.read(record.offset + 1);
        state.arrivedAt = now;
        long tick = tickOf(state, record, before);
        state.assigned(tick, record.offset);
        openRecords++;
        // What an event closes by its time lies before its tick; a heartbeat belongs to the tick that it ends, and the
        // last record that a ledger has of a tick ends it.
        boolean closesFirst = !record.heartbeat && isPastLedger();
        if (closesFirst) {
            // Its own tick stays open, even if with this record the partition is read to its end.
            progress(state, passedBefore, tick - 1, out);
        }
        if (!record.heartbeat) {
            lastRecordTick = Math.max(lastRecordTick, tick);
        }
        emit(tick, record, decoded, out);
        if (!closesFirst) {
            progress(state, passedBefore, Long.MAX_VALUE, out);
        }
    }

    private void follow(PartitionState state, RawRecord record, Output out) {
        long before = state.clock.notFollowed();
        // A clock that moves below the first open tick ends none.
        if (state.clock.take(record.timestamp) && state.clock.time() >= (closed + 1) * config.tickMillis()) {
            movedAt = now;
        }
        if (state.clock.notFollowed() > before) {
            out.notFollowed(record, state.clock.time());
        }
    }

    private void emit(long tick, RawRecord record, @Nullable Decoded decoded, Output out) {
        if (decoded instanceof Decoded.Accepted accepted) {
            out.event(TickedEvent.of(tick, record, accepted.event(), ids));
        } else {
            out.event(TickedEvent.withoutEvent(tick, record));
            if (decoded instanceof Decoded.Rejected refusal) {
                out.rejected(record, refusal);
            }
        }
    }

    /** @param before the partition's clock before the record */
    private long tickOf(PartitionState state, RawRecord record, long before) {
        int place = ledger.placeOf(record.partition, record.offset, ledgerAt);
        boolean repeats = place < ledger.size();
        long tick = repeats ? ledger.tick(place) : ownTick(state, record, before);
        if (state.inLastTick < config.maxTickRecords()) {
            return tick;
        }
        boolean overflows = !repeats && tick == state.lastTick;
        if (overflows) {
            tick++;
        }
        // The record behind a full tick forwards the clock, whoever closed the tick: a ledger repeats nothing else.
        if (overflows || tick > state.lastTick && state.lastPassedTick(config.tickMillis()) < state.lastTick) {
            fullTicks++;
            state.clock.forward((state.lastTick + 1) * config.tickMillis());
        }
        return tick;
    }

    private long ownTick(PartitionState state, RawRecord record, long before) {
        long least = Math.max(Math.max(closed, ledger.last()) + 1, state.lastTick);
        long time = state.clock.time();
        if (time == PartitionClock.UNSET) {
            return least;
        }
        boolean ends = record.heartbeat && time > before;
        return Math.max((ends ? Math.max(0, time - 1) : time) / config.tickMillis(), least);
    }

    /** What the reader has come to: the offset that it reads next, control records and gaps behind it. */
    public void reached(int partition, long position) {
        state(partition).read(position);
    }

    /** Takes what was seen of the log's ends; may close ticks. */
    public void observeEnds(EndOffsets seen, Output out) {
        now = Math.max(now, seen.askedAtMillis());
        seen.ends().forEach((partition, end) -> {
            PartitionState state = partitions.get(partition);
            if (state != null) {
                state.observeEnd(end, seen.askedAtMillis());
            }
        });
        advance(Long.MAX_VALUE, out);
    }

    /** @param most last tick that may be closed now */
    private void progress(PartitionState state, long passedBefore, long most, Output out) {
        long passed = state.lastPassedTick(config.tickMillis());
        if (passed > passedBefore && passed > closed) {
            due.passed(passed, now);
        }
        if (passed > passedBefore || !isPastLedger()) {
            advance(most, out);
        }
    }

    private void advance(long most, Output out) {
        if (!isPastLedger()) {
            repeat(out);
        } else if (!partitions.isEmpty()) {
            long low = most;
            for (PartitionState state : partitions.values()) {
                low = Math.min(low, Math.max(state.lastPassedTick(config.tickMillis()), notHeld(state)));
            }
            close(low, out);
        }
    }

    /** Last tick that a partition need not be waited for with. */
    private long notHeld(PartitionState state) {
        long waitedFor = state.waitedFor(config);
        if (waitedFor == Long.MIN_VALUE) {
            return Long.MIN_VALUE;
        }
        long tick = due.dueAt(waitedFor);
        return movedAt <= waitedFor ? Math.max(tick, lastRecordTick) : tick;
    }

    /** Closes ticks as the ledger has them. */
    private void repeat(Output out) {
        while (!isPastLedger() && ledger.isRead(ledgerAt, this::nextOf)) {
            close(ledger.tick(ledgerAt++), out);
        }
        if (isPastLedger()) {
            advance(Long.MAX_VALUE, out);
        }
    }

    private long nextOf(int partition) {
        PartitionState state = partitions.get(partition);
        return state == null ? 0 : state.next;
    }

    private void close(long tick, Output out) {
        if (tick <= closed) {
            return;
        }
        closed = tick;
        // Where all clocks stand, the next tick is due a pause behind this one: not every probe closes one.
        movedAt = now;
        due.closed(tick);
        for (PartitionState state : partitions.values()) {
            openRecords -= state.closed(tick);
        }
        out.watermark((closed + 1) * config.tickMillis() - 1);
    }

    /**
     * Partitions that run ahead and need not be read now: their clocks have passed the first open tick, and they hold
     * more than their share of what may be open. Those that the first open tick waits for are never among them.
     */
    public Set<Integer> paused() {
        Set<Integer> paused = new TreeSet<>();
        for (PartitionState state : partitions.values()) {
            boolean ahead = isPastLedger()
                    ? state.lastPassedTick(config.tickMillis()) > closed
                    : ledger.isRead(ledgerAt, state.partition, state.next);
            boolean much = openRecords >= config.maxOpenRecords()
                    || state.openRecords() >= config.maxOpenRecords() / Math.max(1, partitions.size())
                            && state.openRecords() >= config.maxTickRecords();
            if (ahead && much) {
                paused.add(state.partition);
            }
        }
        return paused;
    }

    /** First offset that was not read, of every partition. */
    public Map<Integer, Long> next() {
        Map<Integer, Long> next = new TreeMap<>();
        partitions.forEach((partition, state) -> next.put(partition, state.next));
        return next;
    }

    /** Tick of a partition's last record; -1 before the first. */
    public long lastTick(int partition) {
        return state(partition).lastTick;
    }

    /** Last closed tick; -1 before the first. */
    public long closed() {
        return closed;
    }

    /** What the clock met so far. */
    public ClockCounts counts() {
        long notFollowed = 0;
        long jumps = 0;
        long restarts = 0;
        for (PartitionState state : partitions.values()) {
            notFollowed += state.clock.notFollowed();
            jumps += state.clock.jumps();
            restarts += state.clock.restarts();
        }
        return new ClockCounts(notFollowed, jumps, restarts, fullTicks, openRecords, paused().size());
    }

    private PartitionState state(int partition) {
        add(partition);
        PartitionState state = partitions.get(partition);
        if (state == null) {
            throw new IllegalStateException("partition " + partition + " is not known");
        }
        return state;
    }
}
