package io.freshet.verification.faults.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.verification.faults.log.Deliveries;
import io.freshet.verification.faults.log.Deliveries.Delivery;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ticks stand from the first new record on, and only what happened in calm times counts as calm. */
class StandingTest {
    private static Delivery record(long ackedMillis) {
        return new Delivery(1, 0, 1, ackedMillis - 5, ackedMillis, Deliveries.Fate.COMMITTED);
    }

    @Test
    void itIsMeasuredFromTheFirstNewRecord() {
        List<Delivery> records = List.of(record(900), record(1_500), record(1_900), record(2_050));
        Standing standing = Standing.of(List.of(1_000L, 2_000L, 2_100L), records, List.of());
        assertThat(standing.longestMillis()).isEqualTo(500);
        assertThat(standing.longestCalmMillis()).isZero();
    }

    @Test
    void nobodyWaitsWhereNothingCame() {
        assertThat(Standing.of(List.of(1_000L, 9_000L), List.of(record(900)), List.of())
                        .longestMillis())
                .isZero();
        Delivery heartbeat = new Delivery(-1, 0, 1, 2_000, 2_005, Deliveries.Fate.COMMITTED);
        assertThat(Standing.of(List.of(1_000L, 9_000L), List.of(heartbeat), List.of())
                        .longestMillis())
                .isZero();
    }

    @Test
    void onlyItsPartInACalmTimeIsCalm() {
        List<Delivery> records = List.of(record(1_100));
        List<Standing.Calm> calms = List.of(new Standing.Calm(0, 1_400), new Standing.Calm(4_500, 6_000));
        Standing standing = Standing.of(List.of(1_000L, 5_000L), records, calms);
        assertThat(standing.longestMillis()).isEqualTo(3_900);
        assertThat(standing.longestCalmMillis()).isEqualTo(500);
    }
}
