package io.freshet.job.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Ticks follow from the partitions' prefixes, and close whatever a partition does or does not. */
class TickSequenceTest {
    private static final long T = 1_700_000_000_000L;
    private static final long TICK = 250;

    private static long tickAt(long millis) {
        return (T + millis) / TICK;
    }

    private record Written(long timestamp, boolean heartbeat, boolean bad) {}

    /** Partitions of different rates; timestamps step back, run far ahead once in a while, stand, begin again. */
    private static List<List<Written>> log(long seed, int partitions) {
        SplittableRandom random = new SplittableRandom(seed);
        List<List<Written>> log = new ArrayList<>();
        for (int p = 0; p < partitions; p++) {
            List<Written> records = new ArrayList<>();
            long now = T;
            int pace = 1 + random.nextInt(100);
            for (int i = 0; i < 400; i++) {
                now += random.nextInt(pace);
                now -= random.nextInt(200) == 0 ? 200_000 : 0;
                long stamp = switch (random.nextInt(30)) {
                    case 0 -> now + 3_300_000;
                    case 1 -> Math.max(0, now - random.nextInt(5_000));
                    default -> now;
                };
                records.add(new Written(stamp, random.nextInt(12) == 0, random.nextInt(25) == 0));
            }
            log.add(records);
        }
        return log;
    }

    /** Reads a log in a random interleaving, without probes: nothing is at its end before all is. */
    private static SequenceDriver read(List<List<Written>> log, long seed, int restartEvery) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> partitions = new ArrayList<>();
        for (int p = 0; p < log.size(); p++) {
            partitions.add(p);
        }
        SequenceDriver driver = new SequenceDriver(SequenceDriver.CONFIG, partitions);
        int[] next = new int[log.size()];
        int left = log.stream().mapToInt(List::size).sum();
        while (left > 0) {
            int p = random.nextInt(log.size());
            if (next[p] == log.get(p).size()) {
                continue;
            }
            Written record = log.get(p).get(next[p]);
            driver.take(p, next[p]++, record.timestamp(), record.heartbeat(), record.bad());
            if (--left % Math.max(1, restartEvery) == 0 && restartEvery > 0) {
                driver.restart();
            }
        }
        return driver;
    }

    @Test
    void interleavingAndRestartsChangeNoTick() {
        for (int seed = 0; seed < 20; seed++) {
            List<List<Written>> log = log(seed, 1 + seed % 5);
            SequenceDriver expected = read(log, 1, 0);
            for (int other = 2; other < 6; other++) {
                assertThat(read(log, other, 0).tickOf).isEqualTo(expected.tickOf);
                assertThat(read(log, other, 17).tickOf).isEqualTo(expected.tickOf);
            }
        }
    }

    @Test
    void ticksOfAPartitionRiseWithItsOffsets() {
        for (int seed = 0; seed < 20; seed++) {
            List<List<Written>> log = log(seed, 3);
            SequenceDriver driver = read(log, seed, 0);
            for (int p = 0; p < 3; p++) {
                long before = -1;
                for (int offset = 0; offset < log.get(p).size(); offset++) {
                    long tick = driver.tickOf.get(p + ":" + offset);
                    assertThat(tick).isGreaterThanOrEqualTo(before);
                    before = tick;
                }
            }
        }
    }

    @Test
    void aPartitionThatWasNotReadToItsEndHoldsEverything() {
        SequenceDriver driver = SequenceDriver.of(0, 1);
        driver.ends.put(1, 5L);
        driver.event(0, T).event(0, T + 10_000).pass(60_000);
        assertThat(driver.closed()).isEqualTo(-1);
    }

    @Test
    void aSilentPartitionHoldsNobodyForLongerThanThePause() {
        SequenceDriver driver = SequenceDriver.of(0, 1, 2);
        for (int i = 0; i < 100; i++) {
            driver.event(0, T + i * 100).event(1, T + i * 100).pass(100);
            if (i >= 10) {
                assertThat(driver.closed()).isGreaterThanOrEqualTo(tickAt(i * 100 - 800));
            }
        }
    }

    @Test
    void afterARestartTheSilentPartitionHoldsNobodyEither() {
        SequenceDriver driver = SequenceDriver.of(0, 1);
        driver.event(1, T - 1_000_000);
        for (int i = 0; i < 30; i++) {
            driver.event(0, T + i * 100).pass(100);
        }
        driver.restart();
        for (int i = 30; i < 60; i++) {
            driver.event(0, T + i * 100).pass(100);
        }
        assertThat(driver.closed()).isGreaterThanOrEqualTo(tickAt(60 * 100 - 900));
    }

    @Test
    void anExpiredPrefixAControlRecordAndATakenBackTransactionAreNoReasonToWait() {
        SequenceDriver driver = SequenceDriver.of(0, 1);
        driver.hole(1, 100);
        driver.event(0, T).event(0, T + 1).hole(0, 3).pass(1_000);
        assertThat(driver.closed()).isEqualTo(tickAt(1));
    }

    @Test
    void theLastTickOfAQuietLogIsClosedAfterThePause() {
        SequenceDriver driver = SequenceDriver.of(0);
        driver.event(0, T);
        driver.pass(350);
        assertThat(driver.closed()).isEqualTo(tickAt(0) - 1);
        driver.pass(200);
        assertThat(driver.closed()).isEqualTo(tickAt(0));
    }

    @Test
    void heartbeatsAloneCloseNoTickThatHasNotPassed() {
        SequenceDriver driver = SequenceDriver.of(0);
        driver.event(0, T).heartbeat(0, T + 250).pass(5_000);
        assertThat(driver.closed()).isEqualTo(tickAt(0));
        assertThat(driver.tickOf.get("0:1"))
                .as("a heartbeat belongs to the tick that it ends")
                .isEqualTo(tickAt(0));
    }

    @Test
    void oneClockAheadDoesNotStopItsPartitionAndTimeThatBeginsAgainGoesOn() {
        SequenceDriver driver = SequenceDriver.of(0, 1);
        for (int i = 0; i < 20; i++) {
            driver.event(0, T + i * 100).event(1, T + i * 100).pass(100);
        }
        driver.event(0, T + 3_300_000);
        for (int i = 20; i < 40; i++) {
            driver.event(0, T + i * 100).event(1, T + i * 100).pass(100);
        }
        assertThat(driver.closed()).isBetween(tickAt(3_000), tickAt(4_000));
        long before = driver.closed();
        for (int i = 0; i < 40; i++) {
            driver.event(0, T - 10_000_000 + i * 100)
                    .event(1, T - 10_000_000 + i * 100)
                    .pass(100);
        }
        assertThat(driver.closed()).isGreaterThan(before + 8);
        assertThat(driver.ticks.counts().restarts()).isEqualTo(2);
    }

    @Test
    void timeThatStandsUnderTrafficIsLearnedWithinTwoPauses() {
        SequenceDriver driver = SequenceDriver.of(0);
        for (int i = 0; i < 200; i++) {
            driver.event(0, T).pass(50);
        }
        int offset = 200 - 1 - 1_000 / 50;
        long tick = driver.tickOf.get("0:" + offset);
        assertThat(driver.closed()).as("what came a second ago").isGreaterThanOrEqualTo(tick);
        assertThat(driver.watermarks.size()).as("not every probe closes a tick").isLessThan(40);
    }

    @Test
    void aTickHoldsNoMoreThanItMay() {
        SequenceDriver driver = SequenceDriver.of(0);
        for (int i = 0; i < 1_000; i++) {
            driver.event(0, T);
        }
        Map<Long, Long> sizes = new TreeMap<>();
        driver.tickOf.values().forEach(tick -> sizes.merge(tick, 1L, Long::sum));
        assertThat(sizes.values()).allMatch(size -> size <= 64);
        assertThat(driver.closed()).isGreaterThan(tickAt(0));
        assertThat(driver.ticks.counts().fullTicks()).isEqualTo(1_000 / 64);
    }

    @Test
    void aLedgerThatEndsWithAFullTickLeavesTheClockWhereItWasWhenThatWasCutFirst() {
        SequenceDriver first = SequenceDriver.of(0);
        SequenceDriver second = SequenceDriver.of(0);
        TickLedger ledger = new TickLedger();
        ledger.add(new TickLedger.Entry(tickAt(0), Map.of(0, 63L)));
        second.ticks.follow(ledger);
        for (SequenceDriver driver : List.of(first, second)) {
            for (int i = 0; i < 65; i++) {
                driver.event(0, T);
            }
            // Within a step of the next tick's beginning, and not of the last record's time.
            driver.event(0, T + SequenceDriver.CONFIG.maxStepMillis() + 100);
        }
        assertThat(second.tickOf)
                .isEqualTo(first.tickOf)
                .containsEntry("0:65", tickAt(SequenceDriver.CONFIG.maxStepMillis() + 100));
    }

    @Test
    void rejectedRecordsMoveNoClock() {
        SequenceDriver driver = SequenceDriver.of(0);
        driver.event(0, T);
        for (int i = 0; i < 20; i++) {
            driver.garbage(0, T + 3_300_000 + i);
        }
        driver.event(0, T + 250);
        assertThat(driver.tickOf.get("0:21")).isEqualTo(tickAt(250));
        assertThat(driver.rejected).isEqualTo(20);
    }

    @Test
    void anAddedPartitionJoinsAtTheFirstOpenTick() {
        SequenceDriver driver = SequenceDriver.of(0);
        for (int i = 0; i < 20; i++) {
            driver.event(0, T + i * 100).pass(100);
        }
        driver.ticks.add(7);
        driver.ends.put(7, 0L);
        driver.event(7, T);
        assertThat(driver.tickOf.get("7:0")).isEqualTo(driver.closed() + 1);
        for (int i = 20; i < 60; i++) {
            driver.event(0, T + i * 100).pass(100);
        }
        assertThat(driver.closed()).isGreaterThan(tickAt(5_000));
    }

    @Test
    void whoRunsAheadIsPausedNeverWhoIsWaitedFor() {
        SequenceDriver driver = SequenceDriver.of(0, 1);
        driver.ends.put(1, 100L);
        int taken = 0;
        while (driver.ticks.paused().isEmpty()) {
            driver.event(0, T + taken++ * 100L);
        }
        assertThat(driver.ticks.paused()).containsExactly(0);
        assertThat(driver.ticks.counts().openRecords()).isLessThanOrEqualTo(SequenceDriver.CONFIG.maxOpenRecords());
        driver.take(1, 0, T + taken * 100L, false, false);
        assertThat(driver.ticks.paused()).isEmpty();
        assertThat(driver.ticks.counts().openRecords()).isLessThan(10);
    }

    /** With one partition hot by fifty to one, what is open stays bounded while a reader heeds the pauses. */
    @Test
    void skewIsBounded() {
        SplittableRandom random = new SplittableRandom(3);
        int partitions = 8;
        List<Integer> all = new ArrayList<>();
        for (int p = 0; p < partitions; p++) {
            all.add(p);
        }
        SequenceDriver driver = new SequenceDriver(SequenceDriver.CONFIG, all);
        int[] total = new int[partitions];
        int[] taken = new int[partitions];
        for (int p = 0; p < partitions; p++) {
            total[p] = p == 0 ? 50_000 : 1_000;
            driver.ends.put(p, (long) total[p]);
        }
        int most = 0;
        for (int turn = 0; !Arrays.equals(taken, total); turn++) {
            assertThat(turn)
                    .as("turns without an end; taken are %s", Arrays.toString(taken))
                    .isLessThan(200_000);
            int p = random.nextInt(partitions);
            for (int i = 0;
                    i < 20 && taken[p] < total[p] && !driver.ticks.paused().contains(p);
                    i++, taken[p]++) {
                driver.take(p, taken[p], T + taken[p] * (p == 0 ? 2L : 100L), false, false);
            }
            most = Math.max(most, driver.ticks.counts().openRecords());
            driver.pass(50);
        }
        assertThat(most).isLessThanOrEqualTo(SequenceDriver.CONFIG.maxOpenRecords() + partitions * 64);
    }

    /** Silence decided where ticks end; the ledger of what was published repeats it, in any interleaving. */
    @Test
    void aLedgerRepeatsWhatSilenceDecided() {
        for (int seed = 0; seed < 30; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            SequenceDriver first = SequenceDriver.of(0, 1, 2);
            Map<String, Long> stamps = new TreeMap<>();
            long[] next = new long[3];
            for (int i = 0; i < 400; i++) {
                int p = random.nextInt(10) == 0 ? 1 + random.nextInt(2) : 0;
                long stamp = T + i * 40L - random.nextInt(2_000);
                stamps.put(p + ":" + next[p]++, stamp);
                first.event(p, stamp).pass(50L * random.nextInt(4));
            }
            first.pass(3_000);
            TickLedger ledger = ledgerOf(first);
            SequenceDriver again = SequenceDriver.of(0, 1, 2);
            again.ticks.follow(ledger);
            long[] at = new long[3];
            for (int left = 400; left > 0; ) {
                int p = random.nextInt(3);
                Long stamp = stamps.get(p + ":" + at[p]);
                if (stamp != null) {
                    again.take(p, at[p]++, stamp, false, false);
                    left--;
                }
            }
            assertThat(again.tickOf).isEqualTo(first.tickOf);
            assertThat(again.closed()).isEqualTo(first.closed());
            assertThat(again.ticks.isPastLedger()).isTrue();
        }
    }

    private static TickLedger ledgerOf(SequenceDriver driver) {
        TreeMap<Long, TreeMap<Integer, Long>> ends = new TreeMap<>();
        driver.tickOf.forEach((id, tick) -> {
            int partition = Integer.parseInt(id.substring(0, id.indexOf(':')));
            long offset = Long.parseLong(id.substring(id.indexOf(':') + 1));
            ends.computeIfAbsent(tick, t -> new TreeMap<>()).merge(partition, offset, Math::max);
        });
        TickLedger ledger = new TickLedger();
        TreeMap<Integer, Long> frontier = new TreeMap<>();
        ends.forEach((tick, offsets) -> {
            offsets.forEach((partition, offset) -> frontier.merge(partition, offset, Math::max));
            ledger.add(new TickLedger.Entry(tick, frontier));
        });
        return ledger;
    }

    @Test
    void beginningBehindAStateGivesTheTicksThatAllRecordsGive() {
        SequenceDriver whole = SequenceDriver.of(0, 1);
        SequenceDriver part = SequenceDriver.of(0, 1);
        for (int i = 0; i < 100; i++) {
            whole.event(0, T + i * 30).event(1, T + i * 30 + 5);
        }
        long middle = tickAt(1_500);
        TreeMap<Integer, Long> first = new TreeMap<>();
        whole.tickOf.forEach((id, tick) -> {
            if (tick > middle) {
                first.merge(Integer.parseInt(id.substring(0, 1)), Long.parseLong(id.substring(2)), Math::min);
            }
        });
        part.ticks.beginAfter(middle, first);
        for (int p = 0; p < 2; p++) {
            for (long offset = first.get(p); offset < 100; offset++) {
                part.take(p, offset, T + offset * 30 + 5 * p, false, false);
                assertThat(part.tickOf.get(p + ":" + offset)).isEqualTo(whole.tickOf.get(p + ":" + offset));
            }
        }
    }
}
