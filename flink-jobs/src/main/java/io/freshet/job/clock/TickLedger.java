package io.freshet.job.clock;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntToLongFunction;
import java.util.function.Predicate;

/**
 * The ticks that a log has been cut into already, as the change feed tells: of every tick the highest offset of each
 * partition up to its end. Where partitions had to wait for each other by the wall clock, nothing in the log says where
 * a tick ended; what was published is the record of it, and is repeated when the log is read again.
 */
public final class TickLedger {
    /**
     * A tick that was published.
     *
     * @param tick its number
     * @param previous tick that was published before it; {@link #UNKNOWN} if that is not known
     * @param frontier highest offset up to its end, of every partition that had a record by then
     */
    public record Entry(long tick, long previous, Map<Integer, Long> frontier) {
        /** Of a tick whose predecessor is not known. */
        public Entry(long tick, Map<Integer, Long> frontier) {
            this(tick, UNKNOWN, frontier);
        }
    }

    /** No tick. */
    static final long UNKNOWN = Long.MIN_VALUE;

    private final List<Entry> entries = new ArrayList<>();
    /** Ticks that are here for comparison only. */
    private final Set<Long> earlier = new TreeSet<>();

    private long readTo = -1;

    /** Offset of the change feed behind what this was read from; -1 if that is not known. */
    public long readTo() {
        return readTo;
    }

    /** Says how far the change feed was read. */
    public void readTo(long offset) {
        readTo = offset;
    }

    /**
     * Adds what an incarnation published next. A tick that comes again as it was is a repetition, by an incarnation
     * that had begun before it: those behind it will be repeated too. One that comes otherwise takes back what was
     * behind its predecessor.
     */
    public void add(Entry entry) {
        earlier.remove(entry.tick());
        int at = placeOf(entry.tick());
        boolean repeated = at < entries.size()
                && entries.get(at).tick() == entry.tick()
                && entries.get(at).frontier().equals(entry.frontier())
                && (at == 0
                        || entry.previous() == UNKNOWN
                        || entries.get(at - 1).tick() <= entry.previous());
        if (repeated) {
            return;
        }
        dropBehind(entry.previous() == UNKNOWN ? entry.tick() - 1 : entry.previous());
        entries.add(new Entry(entry.tick(), entry.previous(), new TreeMap<>(entry.frontier())));
    }

    /**
     * Adds what an incarnation published next.
     *
     * @param before whether it stands before what is asked for, and is here so that its repetitions are known to be
     *     some, until {@link #dropEarlier}
     */
    public void add(Entry entry, boolean before) {
        add(entry);
        if (before) {
            earlier.add(entry.tick());
        }
    }

    /** Forgets ticks that stand only before what is asked for. */
    public void dropEarlier() {
        entries.removeIf(entry -> earlier.contains(entry.tick()));
        earlier.clear();
    }

    private int placeBehind(long tick) {
        return tick == Long.MAX_VALUE ? entries.size() : placeOf(tick + 1);
    }

    private int placeOf(long tick) {
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (entries.get(middle).tick() >= tick) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /**
     * Drops what stands behind a hole: a tick whose predecessor is neither here nor among those that a state has.
     *
     * @param closed last tick of the state
     * @return ticks dropped
     */
    public int dropBehindHole(long closed) {
        long before = closed;
        for (int at = 0; at < entries.size(); at++) {
            if (entries.get(at).previous() != UNKNOWN && entries.get(at).previous() > before) {
                int dropped = entries.size() - at;
                entries.subList(at, entries.size()).clear();
                return dropped;
            }
            before = entries.get(at).tick();
        }
        return 0;
    }

    /** Forgets ticks up to this one. */
    public void dropUntil(long tick) {
        entries.subList(0, placeBehind(tick)).clear();
    }

    /** Forgets ticks behind this one. */
    public void dropBehind(long tick) {
        entries.subList(placeBehind(tick), entries.size()).clear();
    }

    /**
     * Forgets the first tick that reaches beyond the log, and those behind it: they were cut of another one.
     *
     * @param ends first offset behind what the log has, of partitions
     */
    public void dropBeyond(Map<Integer, Long> ends) {
        keepWhile(entry -> isWithin(entry, ends));
    }

    /** Forgets the first tick that something does not hold of, and those behind it. */
    public void keepWhile(Predicate<Entry> holds) {
        int kept = 0;
        while (kept < entries.size() && holds.test(entries.get(kept))) {
            kept++;
        }
        entries.subList(kept, entries.size()).clear();
    }

    private static boolean isWithin(Entry entry, Map<Integer, Long> ends) {
        return entry.frontier().entrySet().stream()
                .allMatch(one -> one.getValue() < ends.getOrDefault(one.getKey(), Long.MAX_VALUE));
    }

    /** Number of ticks. */
    public int size() {
        return entries.size();
    }

    /** Number of the tick at a place, by rising numbers. */
    long tick(int at) {
        return entries.get(at).tick();
    }

    /** Last tick; -1 if there is none. */
    public long last() {
        return entries.isEmpty() ? -1 : tick(entries.size() - 1);
    }

    /** Highest offset of a partition in any tick; -1 if none has a record of it. */
    public long lastOffset(int partition) {
        return entries.isEmpty()
                ? -1
                : entries.get(entries.size() - 1).frontier().getOrDefault(partition, -1L);
    }

    /** Place of the tick that holds a record, at or behind {@code from}; {@link #size} if none does. */
    int placeOf(int partition, long offset, int from) {
        int low = from;
        int high = entries.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (entries.get(middle).frontier().getOrDefault(partition, -1L) >= offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Whether a log that was read so far holds no more of the tick at a place. */
    boolean isRead(int at, IntToLongFunction next) {
        for (Map.Entry<Integer, Long> end : entries.get(at).frontier().entrySet()) {
            if (next.applyAsLong(end.getKey()) <= end.getValue()) {
                return false;
            }
        }
        return true;
    }

    /** The same of one partition. */
    boolean isRead(int at, int partition, long next) {
        return entries.get(at).frontier().getOrDefault(partition, -1L) < next;
    }
}
