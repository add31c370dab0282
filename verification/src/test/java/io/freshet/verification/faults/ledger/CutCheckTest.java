package io.freshet.verification.faults.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.verification.faults.log.Deliveries;
import io.freshet.verification.faults.log.Deliveries.Delivery;
import io.freshet.verification.faults.log.LogLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A log of two punctual partitions, an event every 50 ms in each: the right cut is legal, every wrong one is found. */
class CutCheckTest {
    private static final long TICK = 250;
    private static final long EPOCH = 4_000_000;
    private static final int PER_TICK = 5;
    private static final int TICKS = 40;

    private final LogLayout layout = new LogLayout(2);
    private final CutCheck check = new CutCheck(layout, TICK);
    private final List<Delivery> deliveries = new ArrayList<>();
    private final TreeMap<Long, Map<Integer, Long>> cut = new TreeMap<>();

    @BeforeEach
    void write() {
        for (int n = 0; n < TICKS * PER_TICK; n++) {
            long time = EPOCH + n * TICK / PER_TICK;
            for (int partition = 0; partition < 2; partition++) {
                check.record(partition, n, time, true, true);
                deliveries.add(new Delivery(n, partition, n, time, time + 10, Deliveries.Fate.COMMITTED));
            }
            cut.computeIfAbsent(time / TICK, tick -> new TreeMap<>()).put(0, (long) n);
            cut.computeIfAbsent(time / TICK, tick -> new TreeMap<>()).put(1, (long) n);
        }
    }

    private CutReport report() {
        check.published(cut);
        return check.report(deliveries);
    }

    @Test
    void theRightCutIsLegal() {
        CutReport report = report();
        assertThat(report.isLegal()).as(report.toString()).isTrue();
        assertThat(report.events()).isEqualTo(2 * TICKS * PER_TICK);
        assertThat(report.late()).isZero();
        // The first four of five in a tick, in all ticks but the first seven.
        assertThat(report.provable()).isEqualTo(2 * 4 * (TICKS - 7));
        assertThat(check.ends()).isEqualTo(Map.of(0, TICKS * PER_TICK - 1L, 1, TICKS * PER_TICK - 1L));
    }

    @Test
    void anEventBeforeItsTimeIsFound() {
        cut.get(EPOCH / TICK + 20).merge(0, 1L, Long::sum);
        CutReport report = report();
        assertThat(report.early()).isOne();
        assertThat(report.wrong()).isOne();
        assertThat(report.isLegal()).isFalse();
    }

    @Test
    void aPunctualEventBehindItsTickIsFound() {
        cut.get(EPOCH / TICK + 20).merge(0, -2L, Long::sum);
        CutReport report = report();
        assertThat(report.late()).isEqualTo(2);
        assertThat(report.wrong())
                .as("the last one of a tick comes when others may wait no more")
                .isOne();
        assertThat(report.isLegal()).isFalse();
    }

    @Test
    void whoCameLateMayBeInALaterTick() {
        cut.get(EPOCH / TICK + 20).merge(0, -5L, Long::sum);
        for (int n = 100; n < 105; n++) {
            Delivery late = deliveries.get(2 * n);
            deliveries.set(
                    2 * n,
                    new Delivery(n, 0, n, late.sentMillis(), late.sentMillis() + 900, Deliveries.Fate.COMMITTED));
        }
        CutReport report = report();
        assertThat(report.late()).isEqualTo(5);
        assertThat(report.wrong()).isZero();
        assertThat(report.isLegal()).isTrue();
    }

    @Test
    void nothingIsProvableBehindAPause() {
        deliveries.removeIf(one -> one.sentMillis() >= EPOCH + 15 * TICK && one.sentMillis() < EPOCH + 18 * TICK);
        int before = 2 * 4 * (TICKS - 7);
        assertThat(report().provable()).isEqualTo(before - 2 * 4 * (3 + 7));
    }

    @Test
    void aTickThatEndsBeforeTheOneBeforeItIsFound() {
        long at = EPOCH / TICK + 20;
        cut.put(at, Map.of(0, cut.get(at - 1).get(0) - 1, 1, cut.get(at).get(1)));
        assertThat(report().backwards()).isOne();
    }

    @Test
    void recordsInNoTickAreFound() {
        cut.remove(cut.lastKey());
        CutReport report = report();
        assertThat(report.uncut()).isEqualTo(2 * PER_TICK);
        assertThat(report.isLegal()).isFalse();
    }

    @Test
    void aClockThatWandersProvesNothing() {
        int before = 2 * TICKS * PER_TICK;
        check.record(layout.wandering(), 0, EPOCH + 3_300_000, true, true);
        check.record(layout.wandering(), 1, EPOCH, true, true);
        deliveries.add(new Delivery(0, layout.wandering(), 0, EPOCH, EPOCH + 1, Deliveries.Fate.COMMITTED));
        cut.forEach((tick, frontier) -> frontier.put(layout.wandering(), 1L));
        CutReport report = report();
        assertThat(report.events()).isEqualTo(before + 2);
        assertThat(report.isLegal()).as(report.toString()).isTrue();
    }
}
