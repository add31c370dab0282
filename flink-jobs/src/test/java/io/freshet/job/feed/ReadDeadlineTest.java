package io.freshet.job.feed;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Reading that gets no further ends with a word about where it stands. */
class ReadDeadlineTest {
    private static final long PATIENCE = ReadDeadline.PATIENCE.toNanos();

    private final ReadDeadline deadline = new ReadDeadline(new TopicPartition("changes", 3), 90);

    @Test
    void aPositionThatMovesInTimeIsWaitedFor() {
        assertThatCode(() -> {
                    for (int n = 0; n < 10; n++) {
                        deadline.require(n, n * PATIENCE);
                        deadline.require(n, n * PATIENCE + PATIENCE - 1);
                    }
                })
                .doesNotThrowAnyException();
    }

    @Test
    void aPositionThatStandsIsGivenUp() {
        deadline.require(7, 5);
        deadline.require(7, 5 + PATIENCE);
        assertThatThrownBy(() -> deadline.require(7, 6 + PATIENCE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("changes partition 3 gave nothing for 60 s at offset 7, and ends at 90: are its brokers"
                        + " away, or was it deleted?");
    }
}
