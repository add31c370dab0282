package io.freshet.verification.simulation.log;

import io.freshet.job.clock.ClockConfig;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.EventEncoder;
import io.freshet.train.tick.LogEvent;
import io.freshet.verification.simulation.log.LogScript.Part;
import io.freshet.verification.simulation.log.LogScript.Slot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Writes small logs with everything that logs have: partitions of different rates, silent, empty, expired, added and
 * transactional ones; timestamps that step back, run ahead alone or for good, stand, and begin again; duplicates,
 * heartbeats, nulls and garbage.
 */
public final class LogGenerator {
    /** Below the length of a history, so that every duplicate is still known. */
    private static final int MOST_OF_A_USER = 24;

    private static final long MAX_STEP = 500;
    private static final long NEVER = 1L << 40;

    private final SplittableRandom random;
    private final EventEncoder encoder = new EventEncoder();
    private final EventDecoder decoder = LogScript.decoder();
    private final boolean strict;
    private final boolean again;
    private final String prefix;
    private final List<List<Slot>> partitions = new ArrayList<>();
    private final List<BehaviourEvent> written = new ArrayList<>();
    private final int[] ofUser = new int[9];
    private final int count;
    private final int[] rates;
    private final boolean[] transactional;
    private final boolean[] beats;
    private final long[] shift;
    private final long[] stands;
    /** Where a partition's open transaction begins; -1 if none is open. */
    private final long[] open;

    private LogGenerator(long seed, String prefix, boolean again) {
        this.again = again;
        random = new SplittableRandom(seed * 31 + 7);
        strict = random.nextInt(3) == 0 && !again;
        this.prefix = prefix;
        count = 1 + random.nextInt(5);
        rates = new int[count];
        transactional = new boolean[count];
        beats = new boolean[count];
        shift = new long[count];
        stands = new long[count];
        open = new long[count];
    }

    /** The log of a seed. */
    public static LogScript of(long seed) {
        return new LogGenerator(seed, "e", false).write();
    }

    /** A log for a topic that was made again: later, and with partitions that only silence closes ticks of. */
    public static LogScript again(long seed) {
        return new LogGenerator(seed, "x", true).write();
    }

    private LogScript write() {
        int heartbeats = random.nextInt(3);
        int rateSum = 0;
        for (int p = 0; p < count; p++) {
            partitions.add(new ArrayList<>());
            rates[p] = 1 + random.nextInt(p == 0 ? 10 : 3);
            rates[p] = !strict && p > 0 && random.nextInt(4) == 0 ? 0 : rates[p];
            transactional[p] = random.nextInt(3) == 0;
            beats[p] = heartbeats == 2 || heartbeats == 1 && random.nextBoolean();
            open[p] = -1;
            rateSum += rates[p];
        }
        long now = again ? 1_000_000 : random.nextInt(3) == 0 ? random.nextInt(300) : 20_000;
        int records = 40 + random.nextInt(50);
        for (int i = 0; i < records; i++) {
            int at = random.nextInt(rateSum);
            int partition = 0;
            while (at >= rates[partition]) {
                at -= rates[partition++];
            }
            now += random.nextInt(100) == 0 ? 3_000 : random.nextInt(25);
            record(partition, now, i);
        }
        for (int p = 0; p < count; p++) {
            end(p);
        }
        int most = 8 + random.nextInt(40);
        ClockConfig clock = new ClockConfig(
                LogScript.TICK_MILLIS,
                MAX_STEP,
                most,
                most * (1 + random.nextInt(3)),
                strict ? NEVER : 40 + random.nextInt(120));
        List<Part> parts = parts();
        return strict ? closed(new LogScript(parts, clock, true)) : new LogScript(parts, clock, false);
    }

    private List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (int p = 0; p < count; p++) {
            List<Slot> slots = partitions.get(p);
            boolean added = !strict && p > 0 && random.nextInt(5) == 0;
            int begin = random.nextInt(5) == 0 ? random.nextInt(1 + slots.size() / 3) : 0;
            for (int offset = 0; offset < begin; offset++) {
                slots.set(offset, new Slot(null, null, slots.get(offset).open(), 0));
            }
            parts.add(new Part(slots, begin, added ? 1 + random.nextInt(40) : 0));
        }
        return parts;
    }

    /** The same with heartbeats behind, until all clocks have passed all ticks. */
    private LogScript closed(LogScript log) {
        List<ClockRule> rules = new ArrayList<>();
        long last = 0;
        for (Part part : log.parts()) {
            ClockRule rule = log.rule();
            rules.add(rule);
            for (Slot slot : part.slots()) {
                if (slot.record() != null) {
                    last = Math.max(last, rule.take(slot.record().timestamp, slot.moves(), slot.record().heartbeat));
                }
            }
        }
        long target = (last + 2) * LogScript.TICK_MILLIS;
        for (int p = 0; p < count; p++) {
            while (rules.get(p).time() < target) {
                add(p, target, true, null, 0);
                rules.get(p).take(target, true, true);
            }
        }
        return log;
    }

    private void end(int partition) {
        if (open[partition] >= 0) {
            commit(partition, random.nextInt(400));
        }
    }

    private void record(int partition, long now, int number) {
        if (transactional[partition]) {
            transaction(partition);
        }
        long time = stamp(partition, now);
        int dice = random.nextInt(100);
        if (dice < 85) {
            event(partition, time, number);
        } else if (dice < 90 && !written.isEmpty()) {
            // A producer's retry: the same event again, in any partition.
            send(partition, time, written.get(random.nextInt(written.size())));
        } else if (dice < 95) {
            if (beats[partition]) {
                add(partition, time, true, null, 0);
            }
        } else if (dice < 97) {
            add(partition, time, false, null, 0);
        } else {
            add(partition, time, false, "garbage".getBytes(StandardCharsets.UTF_8), 0);
        }
    }

    private void transaction(int partition) {
        List<Slot> slots = partitions.get(partition);
        if (open[partition] < 0) {
            open[partition] = random.nextInt(3) == 0 ? slots.size() : -1;
        } else if (random.nextInt(4) == 0) {
            boolean aborted = random.nextInt(3) == 0;
            for (int offset = (int) open[partition]; aborted && offset < slots.size(); offset++) {
                slots.set(offset, new Slot(null, null, open[partition], 0));
            }
            commit(partition, random.nextInt(3) == 0 ? random.nextInt(1_500) : random.nextInt(50));
        }
    }

    /** A control record: readers never see it, but it takes an offset. */
    private void commit(int partition, int delay) {
        open[partition] = -1;
        partitions.get(partition).add(new Slot(null, null, -1, delay));
    }

    private long stamp(int partition, long now) {
        int dice = random.nextInt(200);
        if (dice == 0) {
            shift[partition] += 2_000 + random.nextInt(8_000);
        } else if (dice == 1) {
            shift[partition] -= 2_000 + random.nextInt(8_000);
        } else if (dice == 2) {
            stands[partition] = now + random.nextInt(600);
        }
        long time = Math.max(now, stands[partition]) + shift[partition];
        if (dice > 2 && dice < 20) {
            time -= random.nextInt(250);
        } else if (dice >= 20 && dice < 25) {
            time += 1_000 + random.nextInt(500_000);
        }
        return Math.max(0, time);
    }

    private void event(int partition, long time, int number) {
        int user = random.nextInt(1 + random.nextInt(ofUser.length));
        if (ofUser[user] == MOST_OF_A_USER) {
            user = ofUser.length - 1 - user;
        }
        if (ofUser[user]++ >= MOST_OF_A_USER) {
            return;
        }
        Action action = random.nextInt(5) == 0 ? Action.IMPRESSION : Action.CLICK;
        BehaviourEvent event = BehaviourEvent.of(
                prefix + number, action, Math.max(0, time - random.nextInt(40)), "u" + user, "i" + random.nextInt(10));
        written.add(event);
        send(partition, time, event);
    }

    private void send(int partition, long time, BehaviourEvent event) {
        add(partition, time, false, encoder.toAvroSingleObject(event), random.nextInt(12) == 0 ? 60 : 0);
    }

    private void add(int partition, long time, boolean heartbeat, byte @Nullable [] value, int delay) {
        List<Slot> slots = partitions.get(partition);
        RawRecord record = new RawRecord();
        record.partition = partition;
        record.offset = slots.size();
        record.timestamp = time;
        record.heartbeat = heartbeat;
        record.value = value;
        LogEvent event = null;
        if (!heartbeat && decoder.decode(value, time) instanceof Decoded.Accepted accepted) {
            event = TickedEvent.of(0, record, accepted.event(), LogScript.IDS).toLogEvent();
        }
        slots.add(new Slot(record, event, open[partition], delay));
    }
}
