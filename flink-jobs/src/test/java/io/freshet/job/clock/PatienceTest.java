package io.freshet.job.clock;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Waiting is counted in probes: a process that stood still has not waited. */
class PatienceTest {
    @Test
    void ordinaryTimeCountsInFull() {
        Patience patience = new Patience(100);
        patience.at(5_000);
        assertThat(patience.at(5_100)).isEqualTo(100);
        assertThat(patience.at(5_180)).isEqualTo(180);
    }

    @Test
    void aStandstillCountsAsTwoIntervalsAtMost() {
        Patience patience = new Patience(100);
        patience.at(0);
        assertThat(patience.at(60_000)).isEqualTo(200);
        assertThat(patience.at(60_050)).isEqualTo(250);
    }

    @Test
    void aStepBackCountsAsNothing() {
        Patience patience = new Patience(100);
        patience.at(1_000);
        assertThat(patience.at(500)).isZero();
        assertThat(patience.at(600)).isEqualTo(100);
    }
}
