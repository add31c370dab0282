package io.freshet.job.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TickLedgerTest {
    private final TickLedger ledger = new TickLedger();

    @Test
    void aRepetitionOfAnEarlierTickTakesNothingBackOfWhatCameLateBehindIt() {
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
    void aTickThatComesOtherwiseTakesBackWhatWasBehindItsPredecessor() {
        ledger.add(new TickLedger.Entry(2, 1, Map.of(0, 7L)), true);
        ledger.add(new TickLedger.Entry(4, 3, Map.of(0, 9L)), false);
        ledger.add(new TickLedger.Entry(2, 1, Map.of(0, 8L)), false);
        ledger.dropEarlier();
        assertThat(ledger.last()).isEqualTo(2);
    }

    @Test
    void ticksThatStandOnlyBeforeWhatIsAskedForAreForgotten() {
        ledger.add(new TickLedger.Entry(200, 199, Map.of(0, 3L)), true);
        ledger.add(new TickLedger.Entry(230, 200, Map.of(0, 4L)), true);
        ledger.dropEarlier();
        assertThat(ledger.size()).isZero();
    }
}
