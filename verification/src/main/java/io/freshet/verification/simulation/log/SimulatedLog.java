package io.freshet.verification.simulation.log;

import io.freshet.job.records.RawRecord;
import io.freshet.job.source.LogPort;
import io.freshet.verification.simulation.log.LogScript.Slot;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.Environment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The topic of the log on its brokers, and the producer that writes a script into it. Readers see it up to the first
 * open transaction.
 */
public final class SimulatedLog implements LogPort, Actor {
    private static final class Partition {
        private int written;
        private long begin;
        private long notBefore;
    }

    /** What a fetch gives. */
    public record Fetched(List<RawRecord> records, long position) {}

    private final Environment environment;
    private LogScript script;
    private int epoch;
    private List<Partition> partitions = new ArrayList<>();

    public SimulatedLog(Environment environment, LogScript script) {
        this.environment = environment;
        this.script = script;
        begin();
    }

    private void begin() {
        partitions = new ArrayList<>();
        for (LogScript.Part part : script.parts()) {
            Partition one = new Partition();
            one.begin = part.begin();
            one.written = part.begin();
            partitions.add(one);
        }
    }

    /** The topic is deleted and made again under its name, for another log. */
    public void makeAgain(LogScript other) {
        script = other;
        epoch++;
        begin();
    }

    /** Number of the log under the topic's name. */
    public int epoch() {
        return epoch;
    }

    public LogScript script() {
        return script;
    }

    /** Deletes the beginning of a partition, up to an offset. */
    public void trim(int partition, long begin) {
        Partition one = partitions.get(partition);
        one.begin = Math.max(one.begin, Math.min(begin, end(partition)));
    }

    private boolean exists(int partition) {
        int after = script.parts().get(partition).addedAfter();
        Partition one = partitions.get(partition);
        return after == 0
                || one.written > script.parts().get(partition).begin()
                || partitions.stream().mapToInt(other -> other.written).sum() >= after;
    }

    /** Whether the partitions that are there have everything: those that are still to be added come now. */
    private boolean allThereWritten() {
        for (int p = 0; p < partitions.size(); p++) {
            if (exists(p) && !isWritten(p)) {
                return false;
            }
        }
        return true;
    }

    private boolean isWritten(int partition) {
        return partitions.get(partition).written
                == script.parts().get(partition).slots().size();
    }

    /** Whether everything was written. */
    public boolean isWritten() {
        for (int p = 0; p < partitions.size(); p++) {
            if (!isWritten(p)) {
                return false;
            }
        }
        return true;
    }

    public long begin(int partition) {
        return partitions.get(partition).begin;
    }

    /** First offset behind what readers see. */
    public long end(int partition) {
        int written = partitions.get(partition).written;
        if (written == 0) {
            return 0;
        }
        long open = script.parts().get(partition).slots().get(written - 1).open();
        return open >= 0 && written > script.parts().get(partition).begin()
                ? Math.max(open, script.parts().get(partition).begin())
                : written;
    }

    public Map<Integer, Long> ends(Set<Integer> asked) {
        Map<Integer, Long> ends = new TreeMap<>();
        asked.stream()
                .filter(partition -> partition < partitions.size())
                .forEach(partition -> ends.put(partition, end(partition)));
        return ends;
    }

    /** The next records from a position on. */
    public Fetched fetch(int partition, long position, int most) {
        List<RawRecord> records = new ArrayList<>();
        long at = position;
        long end = end(partition);
        while (at < end && records.size() < most) {
            Slot slot = script.parts().get(partition).slots().get((int) at++);
            if (slot.record() != null) {
                records.add(slot.record());
            }
        }
        return new Fetched(records, at);
    }

    @Override
    public Description describe() {
        Set<Integer> there = new TreeSet<>();
        for (int p = 0; p < partitions.size(); p++) {
            if (exists(p)) {
                there.add(p);
            }
        }
        return new Description(id(), there);
    }

    public String id() {
        return "topic-" + epoch;
    }

    @Override
    public Bounds bounds(Set<Integer> asked) {
        Map<Integer, Long> begins = new TreeMap<>();
        asked.forEach(partition -> begins.put(partition, begin(partition)));
        return new Bounds(begins, ends(asked));
    }

    @Override
    public String name() {
        return "producer";
    }

    private boolean writable(int partition) {
        return !isWritten(partition)
                && (exists(partition) || allThereWritten())
                && partitions.get(partition).notBefore <= environment.now();
    }

    @Override
    public boolean ready() {
        for (int p = 0; p < partitions.size(); p++) {
            if (writable(p)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public long notBefore() {
        long soonest = Long.MAX_VALUE;
        for (int p = 0; p < partitions.size(); p++) {
            if (!isWritten(p) && partitions.get(p).notBefore > environment.now()) {
                soonest = Math.min(soonest, partitions.get(p).notBefore);
            }
        }
        return soonest == Long.MAX_VALUE ? 0 : soonest;
    }

    @Override
    public void step() {
        int partition = environment.random().nextInt(partitions.size());
        while (!writable(partition)) {
            partition = (partition + 1) % partitions.size();
        }
        Partition one = partitions.get(partition);
        List<Slot> slots = script.parts().get(partition).slots();
        for (int n = 1 + environment.random().nextInt(4); n > 0 && one.written < slots.size(); n--) {
            int delay = one.notBefore == 0 ? slots.get(one.written).delay() : 0;
            if (delay > 0) {
                one.notBefore = environment.now() + delay;
                return;
            }
            one.notBefore = 0;
            one.written++;
        }
    }
}
