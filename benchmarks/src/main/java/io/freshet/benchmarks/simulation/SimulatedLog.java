package io.freshet.benchmarks.simulation;

import io.freshet.job.records.RawRecord;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.schema.EventEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A small log with everything that logs have: partitions of different rates, record timestamps that step back and run
 * ahead, duplicates, heartbeats, nulls and garbage. Every partition ends with a heartbeat that closes all ticks.
 *
 * @param partitions records of every partition
 * @param expected the tick of every accepted event, by hashed id: derived here, from the definition alone
 */
record SimulatedLog(List<List<RawRecord>> partitions, TreeMap<Long, Long> expected) {
    static final long TICK_MILLIS = 100;
    /** Below the length of a history, so that every duplicate is still known. */
    private static final int MOST_OF_A_USER = 24;

    static SimulatedLog of(long seed) {
        return new Writer(seed).write();
    }

    int records() {
        return partitions.stream().mapToInt(List::size).sum();
    }

    private static final class Writer {
        private final SplittableRandom random;
        private final EventEncoder encoder = new EventEncoder();
        private final List<List<RawRecord>> partitions = new ArrayList<>();
        private final TreeMap<Long, Long> expected = new TreeMap<>();
        private final List<BehaviourEvent> written = new ArrayList<>();
        private final int[] ofUser = new int[9];
        private long[] clocks = new long[0];

        Writer(long seed) {
            random = new SplittableRandom(seed * 31 + 7);
        }

        SimulatedLog write() {
            int count = 1 + random.nextInt(4);
            int[] rates = new int[count];
            int rateSum = 0;
            clocks = new long[count];
            for (int p = 0; p < count; p++) {
                partitions.add(new ArrayList<>());
                rates[p] = 1 + random.nextInt(p == 0 ? 10 : 3);
                rateSum += rates[p];
            }
            int records = 40 + random.nextInt(50);
            long now = random.nextInt(300);
            for (int i = 0; i < records; i++) {
                int at = random.nextInt(rateSum);
                int partition = 0;
                while (at >= rates[partition]) {
                    at -= rates[partition++];
                }
                now += random.nextInt(25);
                record(partition, now, i);
            }
            long end = 0;
            for (long clock : clocks) {
                end = Math.max(end, clock);
            }
            for (int p = 0; p < count; p++) {
                add(p, (end / TICK_MILLIS + 2) * TICK_MILLIS, true, null);
            }
            return new SimulatedLog(partitions, expected);
        }

        private void record(int partition, long now, int number) {
            int dice = random.nextInt(100);
            long time = now;
            if (dice < 10) {
                time = Math.max(0, now - random.nextInt(250));
            } else if (dice == 10) {
                time = now + random.nextInt(700);
            }
            if (dice < 85) {
                event(partition, time, number);
            } else if (dice < 90 && !written.isEmpty()) {
                // A producer's retry: the same event again, in any partition.
                send(partition, time, written.get(random.nextInt(written.size())));
            } else if (dice < 95) {
                add(partition, time, true, null);
            } else if (dice < 97) {
                add(partition, time, false, null);
            } else {
                add(partition, time, false, "garbage".getBytes(StandardCharsets.UTF_8));
            }
        }

        private void event(int partition, long time, int number) {
            int user = random.nextInt(1 + random.nextInt(ofUser.length));
            if (ofUser[user] == MOST_OF_A_USER) {
                user = ofUser.length - 1 - user;
            }
            if (ofUser[user]++ >= MOST_OF_A_USER) {
                add(partition, time, true, null);
                return;
            }
            Action action = random.nextInt(5) == 0 ? Action.IMPRESSION : Action.CLICK;
            BehaviourEvent event = BehaviourEvent.of(
                    "e" + number, action, Math.max(0, time - random.nextInt(40)), "u" + user, "i" + random.nextInt(10));
            written.add(event);
            send(partition, time, event);
        }

        /** Of several copies, the one of the earliest tick counts. */
        private void send(int partition, long time, BehaviourEvent event) {
            long tick = add(partition, time, false, encoder.toAvroSingleObject(event));
            expected.merge(EntityIds.standard().event(event.eventId()), tick, Math::min);
        }

        /** Appends a record; gives its tick: the running maximum of its partition's timestamps, in ticks. */
        private long add(
                int partition, long time, boolean heartbeat, byte @org.jspecify.annotations.Nullable [] value) {
            RawRecord record = new RawRecord();
            record.partition = partition;
            record.offset = partitions.get(partition).size();
            record.timestamp = time;
            record.heartbeat = heartbeat;
            record.value = value;
            partitions.get(partition).add(record);
            clocks[partition] = Math.max(clocks[partition], time);
            return clocks[partition] / TICK_MILLIS;
        }
    }
}
