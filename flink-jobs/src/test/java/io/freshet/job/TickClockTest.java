package io.freshet.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Ticks are a function of each partition's prefix, whatever the interleaving of partitions. */
class TickClockTest {
    private static final long LENGTH = 250;

    /** Time stamps of three partitions, now and then stepping back. */
    private static List<List<Long>> log(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<List<Long>> log = new ArrayList<>();
        for (int p = 0; p < 3; p++) {
            List<Long> times = new ArrayList<>();
            long now = 0;
            for (int i = 0; i < 500; i++) {
                now += random.nextInt(60);
                times.add(Math.max(0, now - (random.nextInt(10) == 0 ? random.nextInt(700) : 0)));
            }
            log.add(times);
        }
        return log;
    }

    /** Reads the log in a random interleaving; gives every record's tick and checks the watermark on the way. */
    private static TreeMap<String, Long> read(List<List<Long>> log, long seed, int restartEvery) {
        SplittableRandom random = new SplittableRandom(seed);
        TickClock clock = new TickClock(LENGTH, List.of(0, 1, 2));
        int[] next = new int[3];
        TreeMap<String, Long> ticks = new TreeMap<>();
        int read = 0;
        while (ticks.size() < 1500) {
            int p = random.nextInt(3);
            if (next[p] == log.get(p).size()) {
                continue;
            }
            long tick = clock.assign(p, log.get(p).get(next[p]));
            assertThat(tick).as("a record of a closed tick").isGreaterThan(clock.closed());
            ticks.put(p + ":" + next[p]++, tick);
            clock.advance();
            if (restartEvery > 0 && ++read % restartEvery == 0) {
                TickClock restored = new TickClock(LENGTH, List.of(0, 1, 2));
                restored.restore(clock.clocks(), clock.closed(), clock.lastRecordTick());
                clock = restored;
            }
        }
        return ticks;
    }

    @Test
    void interleavingAndRestartsChangeNoTick() {
        List<List<Long>> log = log(1);
        TreeMap<String, Long> expected = read(log, 1, 0);
        for (int seed = 2; seed < 12; seed++) {
            assertThat(read(log, seed, 0)).isEqualTo(expected);
            assertThat(read(log, seed, 17)).isEqualTo(expected);
        }
    }

    @Test
    void ticksAreTheRunningMaximum() {
        TickClock clock = new TickClock(LENGTH, List.of(0));
        assertThat(clock.assign(0, 100)).isZero();
        assertThat(clock.assign(0, 1000)).isEqualTo(4);
        assertThat(clock.assign(0, 10)).as("a step back stays in the tick").isEqualTo(4);
        assertThat(clock.advance()).isEqualTo(3);
    }

    @Test
    void aPartitionWithoutARecordHoldsEverythingBack() {
        TickClock clock = new TickClock(LENGTH, List.of(0, 1));
        clock.assign(0, 10_000);
        assertThat(clock.advance()).isEqualTo(-1);
        clock.idle(1);
        assertThat(clock.advance()).isEqualTo(39);
        assertThat(clock.assign(1, 0)).as("back from idleness").isEqualTo(40);
    }

    @Test
    void heartbeatsCloseTicksWithoutAPauseAndOpenNone() {
        TickClock clock = new TickClock(LENGTH, List.of(0, 1));
        clock.assign(0, 260);
        assertThat(clock.heartbeat(0, 500))
                .as("belongs to the tick that it ends")
                .isEqualTo(1);
        assertThat(clock.advance()).isEqualTo(-1);
        assertThat(clock.heartbeat(1, 500)).isEqualTo(1);
        assertThat(clock.advance()).isEqualTo(1);
        clock.idle(0);
        clock.idle(1);
        assertThat(clock.advance()).as("nothing is left to close").isEqualTo(1);
        assertThat(clock.assign(0, 500))
                .as("a pause behind a heartbeat moves nothing")
                .isEqualTo(2);
        assertThat(clock.heartbeat(0, 500)).as("a second one ends no tick").isEqualTo(2);
    }

    @Test
    void whenAllAreIdleTheLastTickIsClosedToo() {
        TickClock clock = new TickClock(LENGTH, List.of(0, 1));
        clock.assign(0, 300);
        clock.assign(1, 900);
        clock.idle(0);
        clock.idle(1);
        assertThat(clock.advance()).isEqualTo(3);
        assertThat(clock.assign(0, 901)).as("a tick is never opened again").isEqualTo(4);
        assertThat(clock.advance()).isEqualTo(3);
    }

    /** A state knows its last tick and its frontier, not the clocks that led there: they are not needed. */
    @Test
    void recordsBehindAStateGetTheirTicksWithoutTheClocksBeforeIt() {
        for (long seed = 0; seed < 40; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<List<Long>> log = log(seed);
            List<List<Boolean>> heartbeats = new ArrayList<>();
            List<List<Long>> ticks = new ArrayList<>();
            for (int p = 0; p < log.size(); p++) {
                TickClock clock = new TickClock(LENGTH, List.of(0, 1, 2));
                List<Long> times = log.get(p);
                heartbeats.add(new ArrayList<>());
                ticks.add(new ArrayList<>());
                for (int i = 0; i < times.size(); i++) {
                    if (random.nextInt(6) == 0) {
                        times.set(i, times.get(i) / LENGTH * LENGTH);
                    }
                    heartbeats.get(p).add(random.nextInt(3) == 0);
                    ticks.get(p)
                            .add(tick(clock, p, times.get(i), heartbeats.get(p).get(i)));
                }
            }
            for (int n = 0; n < 20; n++) {
                long learned = random.nextLong(40);
                TickClock clock = new TickClock(LENGTH, List.of(0, 1, 2));
                clock.beginAfter(learned);
                for (int p = 0; p < log.size(); p++) {
                    for (int i = 0; i < log.get(p).size(); i++) {
                        if (ticks.get(p).get(i) > learned) {
                            assertThat(tick(
                                            clock,
                                            p,
                                            log.get(p).get(i),
                                            heartbeats.get(p).get(i)))
                                    .as("seed %d, tick %d, partition %d, record %d", seed, learned, p, i)
                                    .isEqualTo(ticks.get(p).get(i));
                        }
                    }
                }
            }
        }
    }

    private static long tick(TickClock clock, int partition, long time, boolean heartbeat) {
        return heartbeat ? clock.heartbeat(partition, time) : clock.assign(partition, time);
    }
}
