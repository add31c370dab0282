package io.freshet.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.cli.options.UsageException;
import io.freshet.dataset.EventStream.Extent;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The first record's time: no event may be ahead of its record, no record ahead of the broker. */
class LogStartTest {
    private static final long NOW = Instant.parse("2026-05-01T12:00:00Z").toEpochMilli();
    private static final long HOUR = 3_600_000;

    private static long auto(Optional<Extent> extent, long duration, Optional<Long> last) {
        return new LogStart("auto", NOW).millis(extent, duration, last);
    }

    @Test
    void dataOfThePastBeginWhereTheyAlwaysDid() {
        assertThat(auto(Optional.empty(), 0, Optional.empty())).isEqualTo(LogStart.EPOCH);
        assertThat(auto(Optional.of(new Extent(10, 5)), 1000, Optional.empty())).isEqualTo(1_700_000_000_000L);
    }

    @Test
    void newerDataBeginBehindTheirNewestEvent() {
        long newest = NOW - 30 * HOUR + 1;
        assertThat(auto(Optional.of(new Extent(10, newest)), HOUR, Optional.empty()))
                .isBetween(newest, newest + LogStart.STEP_MILLIS)
                .matches(start -> start % LogStart.STEP_MILLIS == 0);
    }

    @Test
    void dataOfTheLastHoursEndNow() {
        long start = auto(Optional.of(new Extent(10, NOW - HOUR)), 3 * HOUR, Optional.empty());
        assertThat(start).isEqualTo(NOW - 3 * HOUR);
    }

    @Test
    void aTopicWithRecordsIsContinued() {
        long last = LogStart.EPOCH + 12_345;
        assertThat(auto(Optional.empty(), 0, Optional.of(last)))
                .isGreaterThan(last)
                .isLessThanOrEqualTo(last + 2 * LogStart.STEP_MILLIS);
        assertThat(LogStart.told(last + 1000, Optional.of(last))).contains("behind the topic's newest record");
        assertThat(LogStart.told(last - 1000, Optional.of(last))).contains("time begins again");
    }

    @Test
    void nowLeavesTheTimeThatTheReplayTakes() {
        assertThat(new LogStart("now", NOW).millis(Optional.empty(), 0, Optional.empty()))
                .isEqualTo(NOW);
        assertThat(new LogStart("NOW", NOW).millis(Optional.empty(), HOUR, Optional.empty()))
                .isEqualTo(NOW - HOUR);
    }

    @Test
    void anInstantIsTakenAsItIs() {
        Optional<Extent> newer = Optional.of(new Extent(10, NOW));
        assertThat(new LogStart("2024-05-01T00:00:00Z", NOW).millis(newer, HOUR, Optional.of(NOW)))
                .isEqualTo(1_714_521_600_000L);
        assertThat(new LogStart("1714521600001", NOW).millis(newer, HOUR, Optional.empty()))
                .isEqualTo(1_714_521_600_001L);
        assertThat(new LogStart("1714521600001", NOW).needsExtent()).isFalse();
        assertThatThrownBy(() -> new LogStart("tomorrow", NOW))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("tomorrow");
    }
}
