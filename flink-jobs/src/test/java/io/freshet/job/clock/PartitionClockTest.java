package io.freshet.job.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A partition's clock follows its records, never runs backwards, and is led astray by no single timestamp. */
class PartitionClockTest {
    private static final long STEP = 60_000;
    private static final long START = 1_700_000_000_000L;

    private static PartitionClock clockAt(long time) {
        PartitionClock clock = new PartitionClock(STEP);
        for (int i = 0; i < 20; i++) {
            clock.take(time - 20 + i);
        }
        clock.take(time);
        return clock;
    }

    @Test
    void ordinaryTimestampsAreTheRunningMaximum() {
        PartitionClock clock = new PartitionClock(STEP);
        SplittableRandom random = new SplittableRandom(1);
        long now = START;
        long highest = Long.MIN_VALUE;
        for (int i = 0; i < 10_000; i++) {
            now += random.nextInt(500);
            long stamp = now - random.nextInt(30_000);
            clock.take(stamp);
            highest = Math.max(highest, stamp);
            assertThat(clock.time()).isEqualTo(highest);
        }
        assertThat(clock.notFollowed()).isZero();
    }

    @Test
    void oneTimestampFarAheadMovesNothingAndIsCounted() {
        PartitionClock clock = clockAt(START);
        assertThat(clock.take(START + 3_300_000)).isFalse();
        assertThat(clock.time()).isEqualTo(START);
        assertThat(clock.take(START + 10)).isTrue();
        assertThat(clock.time()).isEqualTo(START + 10);
        assertThat(clock.notFollowed()).isEqualTo(1);
        assertThat(clock.jumps()).isZero();
    }

    @Test
    void sevenTimestampsFarAheadMoveNothingTheEighthDoes() {
        PartitionClock clock = clockAt(START);
        for (int i = 0; i < 7; i++) {
            assertThat(clock.take(START + 3_600_000 + i)).isFalse();
        }
        assertThat(clock.take(START + 3_600_007)).isTrue();
        assertThat(clock.time()).as("the earliest of the eight").isEqualTo(START + 3_600_000);
        assertThat(clock.jumps()).isEqualTo(1);
        assertThat(clock.take(START + 3_600_100)).isTrue();
        assertThat(clock.time()).isEqualTo(START + 3_600_100);
    }

    @Test
    void aSparsePartitionIsFollowedEightRecordsBehind() {
        PartitionClock clock = new PartitionClock(STEP);
        long hour = 3_600_000;
        for (int i = 0; i < 50; i++) {
            clock.take(START + i * hour);
        }
        assertThat(clock.time()).isEqualTo(START + 42 * hour);
    }

    @Test
    void timeThatBeginsAgainGoesOnFromWhereTheClockStands() {
        PartitionClock clock = clockAt(START);
        long again = START - 86_400_000;
        for (int i = 0; i < 8; i++) {
            clock.take(again + i * 100);
        }
        assertThat(clock.restarts()).isEqualTo(1);
        long stands = clock.time();
        assertThat(stands).isEqualTo(START);
        clock.take(again + 700 + 5_000);
        assertThat(clock.time()).isEqualTo(stands + 5_000);
        // Time of before comes back: the timestamps are taken as they are again.
        clock.take(START + 20_000);
        assertThat(clock.time()).isEqualTo(START + 20_000);
        clock.take(START + 21_000);
        assertThat(clock.time()).isEqualTo(START + 21_000);
    }

    @Test
    void timeThatStandsStands() {
        PartitionClock clock = clockAt(START);
        for (int i = 0; i < 100; i++) {
            assertThat(clock.take(START)).isFalse();
        }
        assertThat(clock.time()).isEqualTo(START);
        assertThat(clock.notFollowed()).isZero();
    }

    @Test
    void aFirstTimestampFarAheadIsLeftAgain() {
        PartitionClock clock = new PartitionClock(STEP);
        clock.take(START + 3_300_000);
        for (int i = 0; i < 9; i++) {
            clock.take(START + i);
        }
        long stands = clock.time();
        clock.take(START + 1_000);
        assertThat(clock.time()).as("goes on by the differences").isEqualTo(stands + 1_000 - 8);
    }

    @Test
    void twoProducersWhoseClocksDifferDoNotDriveItAway() {
        PartitionClock clock = clockAt(START);
        long ahead = 3_300_000;
        long now = START;
        for (int batch = 0; batch < 200; batch++) {
            for (int i = 0; i < 20; i++) {
                now += 10;
                clock.take(batch % 2 == 0 ? now + ahead : now);
            }
        }
        assertThat(clock.time()).isBetween(now, now + ahead + STEP);
    }

    @Test
    void impossibleTimestampsAreBounded() {
        PartitionClock clock = new PartitionClock(STEP);
        clock.take(-1);
        assertThat(clock.time()).isZero();
        for (int i = 0; i < 20; i++) {
            clock.take(Long.MAX_VALUE);
        }
        assertThat(clock.time()).isEqualTo(253_402_300_799_999L);
        for (int i = 0; i < 20; i++) {
            clock.take(Long.MIN_VALUE);
        }
        assertThat(clock.time()).isEqualTo(253_402_300_799_999L);
    }

    /** Whatever comes, the clock is monotone, and a saved one goes on as the one that was not. */
    @Test
    void savedInTheMiddleOfAnythingItGoesOnTheSame() {
        for (int seed = 0; seed < 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            PartitionClock clock = new PartitionClock(STEP);
            PartitionClock restored = new PartitionClock(STEP);
            long now = START;
            long before = Long.MIN_VALUE;
            for (int i = 0; i < 500; i++) {
                now += switch (random.nextInt(20)) {
                    case 0 -> 600_000L;
                    case 1 -> -600_000L;
                    case 2 -> -86_400_000L;
                    default -> random.nextInt(1_000);
                };
                assertThat(restored.take(now)).isEqualTo(clock.take(now));
                assertThat(clock.time()).isGreaterThanOrEqualTo(before);
                before = clock.time();
                if (random.nextInt(10) == 0) {
                    ByteBuffer saved = ByteBuffer.allocate(PartitionClock.BYTES);
                    restored.write(saved);
                    assertThat(saved.hasRemaining()).isFalse();
                    restored = new PartitionClock(STEP);
                    restored.read(saved.flip());
                }
                assertThat(restored.time()).isEqualTo(clock.time());
                assertThat(restored.notFollowed()).isEqualTo(clock.notFollowed());
                assertThat(restored.restarts()).isEqualTo(clock.restarts());
                assertThat(restored.jumps()).isEqualTo(clock.jumps());
            }
        }
    }
}
