package io.freshet.verification.simulation.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The simulation's own clock is the one of the definition: what it judges by is checked by hand. */
class ClockRuleTest {
    private static final long TICK = 100;

    private final ClockRule clock = new ClockRule(TICK, 500, 10);

    @Test
    void aRecordBelongsToItsClocksTick() {
        assertThat(clock.take(1_000, true, false)).isEqualTo(10);
        assertThat(clock.take(1_050, true, false)).isEqualTo(10);
        assertThat(clock.take(900, true, false)).as("the clock never runs back").isEqualTo(10);
        assertThat(clock.lastPassedTick()).isEqualTo(9);
        assertThat(clock.take(1_100, true, true)).as("a heartbeat ends a tick").isEqualTo(10);
        assertThat(clock.lastPassedTick()).isEqualTo(10);
    }

    @Test
    void oneTimestampFarAheadMovesNothingAndEightDo() {
        clock.take(1_000, true, false);
        for (int n = 1; n < 8; n++) {
            assertThat(clock.take(9_000 + n, true, false)).isEqualTo(10);
        }
        assertThat(clock.take(9_100, true, false)).isEqualTo(90);
        assertThat(clock.time()).isEqualTo(9_001);
    }

    @Test
    void timeBeginsAgainAfterEightFarBehind() {
        clock.take(10_000, true, false);
        for (int n = 0; n < 8; n++) {
            assertThat(clock.take(1_000, true, false)).isEqualTo(100);
        }
        assertThat(clock.take(1_150, true, false)).as("goes on by differences").isEqualTo(101);
    }

    @Test
    void aRecordThatIsRejectedMovesNothing() {
        clock.take(1_000, true, false);
        assertThat(clock.take(1_300, false, false)).isEqualTo(10);
        assertThat(clock.time()).isEqualTo(1_000);
    }

    @Test
    void aFullTickEnds() {
        for (int n = 0; n < 10; n++) {
            assertThat(clock.take(1_000, true, false)).isEqualTo(10);
        }
        assertThat(clock.take(1_000, true, false)).isEqualTo(11);
        assertThat(clock.time()).isEqualTo(1_100);
    }
}
