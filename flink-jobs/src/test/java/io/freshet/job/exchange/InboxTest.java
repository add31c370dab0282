package io.freshet.job.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What learners gave, round by round; whoever is gone or ahead is named. */
class InboxTest {
    private final Inbox inbox = new Inbox();

    private static Round round(long number) {
        return new Round(number, new byte[] {(byte) number});
    }

    @Test
    void twoRoundsOfALearnerAreHeldAndAThirdIsItsEnd() {
        inbox.expect(1);
        for (int number = 1; number <= 3; number++) {
            inbox.arrived(1, round(number));
        }
        assertThat(inbox.take(1, 1000).get(1)).containsExactly(1);
        assertThat(inbox.take(2, 1000).get(1)).containsExactly(2);
        assertThatThrownBy(() -> inbox.take(3, 1000))
                .hasMessageContaining("learner 1 is gone (round 3)")
                .hasRootCauseMessage("it gave round 3 before 2 others were taken");
    }

    @Test
    void oneThatHasGivenARoundAndIsGoneIsMissedInTheNext() {
        inbox.expect(1);
        inbox.expect(2);
        inbox.arrived(1, round(1));
        inbox.gone(1, new IOException("hung up"));
        inbox.gone(1, new IOException("a second reason, which is none"));
        inbox.arrived(2, round(1));
        assertThat(inbox.take(1, 1000)).containsOnlyKeys(1, 2);
        inbox.arrived(2, round(2));
        assertThatThrownBy(() -> inbox.take(2, 1000))
                .hasMessageContaining("learner 1 is gone (round 2)")
                .hasRootCauseMessage("hung up");
    }

    @Test
    void learnersAtDifferentRoundsDoNotGoOn() {
        inbox.expect(1);
        inbox.arrived(1, round(5));
        assertThatThrownBy(() -> inbox.take(4, 1000)).hasMessageContaining("learner 1 is at round 5, this one at 4");
    }

    @Test
    void whatAStrangerGivesIsNotKept() {
        inbox.expect(1);
        inbox.arrived(7, round(1));
        inbox.arrived(1, round(1));
        assertThat(inbox.take(1, 1000)).containsOnlyKeys(1);
    }
}
