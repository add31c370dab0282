package io.freshet.job.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.store.feed.FeedFrame;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever somebody else writes into the change feed's topic, the job reads on behind it. */
class HostileRecordsIT {
    private final List<FeedFrame> seen = new ArrayList<>();

    private void read(byte @Nullable [] value) {
        FeedReader.visit(
                new ConsumerRecord<>("changes", 0, seen.size(), new byte[4], value),
                (offset, writtenAt, frame) -> seen.add(frame));
    }

    @Test
    void recordsThatAreNoFramesAreLeftOutThoseWithoutAValueToo() {
        read(null);
        read(new byte[0]);
        read(new byte[] {2, 9, 1});
        assertThat(seen).isEmpty();
        byte[][] digests = new byte[2][32];
        read(new FeedFrame.Marker(3, 7, 6, 1000, digests, digests).toBytes());
        assertThat(seen).singleElement().extracting(FeedFrame::tick).isEqualTo(7L);
    }
}
