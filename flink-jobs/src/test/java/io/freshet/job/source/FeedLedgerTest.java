package io.freshet.job.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.job.clock.TickLedger;
import io.freshet.store.LaneChanges;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.FeedTick;
import io.freshet.store.feed.LogId;
import io.freshet.store.feed.RepositoryId;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a restart repeats of a feed in which several topics of one name have left ticks. */
class FeedLedgerTest {
    private static FeedTick tick(long number, long offset, LogId log) {
        byte[] encoded = LaneChangesCodec.encode(number, Map.of(0, offset), LaneChanges.empty(0));
        byte[][] digests = new byte[1][32];
        FeedFrame.Marker marker =
                new FeedFrame.Marker(RepositoryId.of("ours"), 2, number, number - 1, 1_000, log, digests, digests);
        return new FeedTick(marker, new byte[][] {encoded});
    }

    @Test
    void ticksOfAFormerTopicAreNoneOfTheLedger() {
        LogId now = LogId.of("second");
        TickLedger ledger = new TickLedger();
        FeedLedger.add(ledger, tick(200, 7, LogId.of("first")), false, now);
        assertThat(ledger.size()).isZero();
        FeedLedger.add(ledger, tick(10, 3, now), false, now);
        FeedLedger.add(ledger, tick(11, 5, LogId.UNKNOWN), false, now);
        assertThat(ledger.size())
                .as("whose marker names no log may be one of it")
                .isEqualTo(2);
        assertThat(ledger.lastOffset(0)).isEqualTo(5);
        FeedLedger.add(ledger, tick(200, 7, LogId.of("first")), false, LogId.UNKNOWN);
        assertThat(ledger.last()).as("all topics' ticks, if none is asked for").isEqualTo(200);
    }
}
