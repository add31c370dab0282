package io.freshet.job.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.audit.LogReplay.Bounds;
import io.freshet.job.audit.LogReplay.Reach;
import org.junit.jupiter.api.Test;

/** What is asked for of a partition is there, or is not needed. */
class LogReplayTest {
    private static Reach reach(long last) {
        return new Reach("events", 1, 30, last);
    }

    @Test
    void aPartitionIsReadBehindWhatTheStateHas() {
        assertThat(reach(20).first(9L, new Bounds(0, 50))).isEqualTo(10);
        assertThat(reach(20).first(9L, new Bounds(10, 21))).isEqualTo(10);
        assertThat(reach(20).first(null, new Bounds(7, 21))).isEqualTo(7);
    }

    @Test
    void ofAPartitionThatTheTicksHaveNothingOfNothingNeedBeThere() {
        assertThat(reach(4998).first(4998L, new Bounds(5000, 5000)))
                .as("a commit marker stood at offset 4999, and expired with all before it")
                .isEqualTo(4999);
        assertThat(reach(-1).first(null, new Bounds(5000, 5000))).isEqualTo(5000);
    }

    @Test
    void whatWasDeletedIsRefusedWithBothRanges() {
        assertThatThrownBy(() -> reach(20).first(9L, new Bounds(11, 50)))
                .hasMessageContainingAll("events partition 1", "11 to 49", "tick 30", "10 to 20", "deleted");
        assertThatThrownBy(() -> reach(20).first(9L, new Bounds(0, 20))).hasMessageContaining("0 to 19");
        assertThatThrownBy(() -> reach(20).first(null, new Bounds(21, 50))).hasMessageContaining("up to 20");
    }
}
