package io.freshet.job.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** A ledger holds what was published last of every tick, and is built in time that rises with what it holds. */
class TickLedgerTest {
    private static TickLedger of(long... ticks) {
        TickLedger ledger = new TickLedger();
        for (long tick : ticks) {
            ledger.add(new TickLedger.Entry(tick, Map.of(0, tick * 10)));
        }
        return ledger;
    }

    @Test
    void forgetsWhatStandsBehindATickAndWhatStandsBeforeOne() {
        TickLedger ledger = of(3, 5, 8, 9);
        ledger.dropBehind(6);
        assertThat(ledger.last()).isEqualTo(5);
        ledger.dropUntil(3);
        assertThat(ledger.size()).isEqualTo(1);
        assertThat(ledger.tick(0)).isEqualTo(5);
        ledger.dropBehind(Long.MAX_VALUE);
        assertThat(ledger.size()).isEqualTo(1);
        ledger.dropBehind(-1);
        assertThat(ledger.size()).isZero();
        TickLedger all = of(3, 5);
        all.dropUntil(Long.MAX_VALUE);
        assertThat(all.size()).isZero();
    }

    @Test
    void aTickThatComesOtherwiseTakesBackWhatWasBehindItsPredecessor() {
        TickLedger ledger = of(3, 5, 8, 9);
        ledger.add(new TickLedger.Entry(8, 5, Map.of(0, 77L)));
        assertThat(ledger.size()).isEqualTo(3);
        assertThat(ledger.last()).isEqualTo(8);
    }

    /** With a walk over all entries for every tick these would be fifty billion steps. */
    @Test
    void threeHundredThousandTicksAreAddedWithinSeconds() {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            TickLedger ledger = new TickLedger();
            Map<Integer, Long> frontier = Map.of(0, 1L);
            for (long tick = 0; tick < 300_000; tick++) {
                ledger.add(new TickLedger.Entry(tick, tick - 1, frontier));
            }
            assertThat(ledger.size()).isEqualTo(300_000);
        });
    }

    @Test
    void aRepetitionOfAnEarlierTickTakesNothingBackOfWhatCameLateBehindIt() {
        TickLedger ledger = new TickLedger();
        ledger.add(new TickLedger.Entry(2, 1, Map.of(0, 7L)), true);
        ledger.add(new TickLedger.Entry(3, 2, Map.of(0, 8L)), true);
        // The last frames of a learner that had died, behind where others had seen the feed end.
        ledger.add(new TickLedger.Entry(4, 3, Map.of(0, 9L)), false);
        ledger.add(new TickLedger.Entry(2, 1, Map.of(0, 7L)), false);
        ledger.dropEarlier();
        assertThat(ledger.size()).isEqualTo(2);
        assertThat(ledger.last()).isEqualTo(4);
    }

    @Test
    void ticksThatStandOnlyBeforeWhatIsAskedForAreForgotten() {
        TickLedger ledger = new TickLedger();
        ledger.add(new TickLedger.Entry(200, 199, Map.of(0, 3L)), true);
        ledger.add(new TickLedger.Entry(230, 200, Map.of(0, 4L)), true);
        ledger.dropEarlier();
        assertThat(ledger.size()).isZero();
    }
}
