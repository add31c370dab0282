package io.freshet.store.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.freshet.store.Mutations;
import io.freshet.store.RandomTicks;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.LaneChangesCodec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever a feed's records are: frames and ticks, or a refusal; and an assembler that goes on behind it. */
class HostileFeedIT {
    private static final FeedLimits LIMITS = new FeedLimits(RandomTicks.LAYOUT.lanes(), 16, 1 << 20);

    private static List<byte[]> frames(RandomTicks ticks, int count) {
        List<byte[]> frames = new ArrayList<>();
        long before = -1;
        for (int n = 0; n < count; n++) {
            TickChanges changes = ticks.next();
            byte[][] digests = new byte[RandomTicks.LAYOUT.lanes()][32];
            for (int lane = 0; lane < digests.length; lane++) {
                byte[] encoded = LaneChangesCodec.encode(
                        changes.tick(), changes.frontier(), changes.lanes().get(lane));
                FeedFrame.parts(3, changes.tick(), lane, encoded).forEach(part -> frames.add(part.toBytes()));
            }
            frames.add(new FeedFrame.Marker(3, changes.tick(), before, 1000, digests, digests).toBytes());
            before = changes.tick();
        }
        return frames;
    }

    @Test
    void aFrameIsReadToTheBytesThatItCameFromOrRefused() {
        new Mutations(12, frames(new RandomTicks(5), 3).toArray(new byte[0][])).forEach(HostileFeedIT::readFrame);
    }

    @FuzzTest
    void fuzzFrames(byte[] input) {
        readFrame(input);
    }

    private static void readFrame(byte[] input) {
        try {
            FeedFrame frame = FeedFrame.fromBytes(input);
            assertThat(FeedFrame.fromBytes(frame.toBytes()).tick()).isEqualTo(frame.tick());
            new TickAssembler(LIMITS, -1).add(frame);
        } catch (IllegalArgumentException e) {
            // Refused, or not whole.
        }
    }

    @Test
    void anAssemblerThatWasGivenAnythingStillCompletesTheTicksOfALaterLearner() {
        TickAssembler assembler = new TickAssembler(LIMITS, -1);
        new Mutations(13, frames(new RandomTicks(5), 6).toArray(new byte[0][])).forEach(input -> {
            try {
                assembler.add(FeedFrame.fromBytes(input));
            } catch (IllegalArgumentException e) {
                // Refused, or not whole.
            }
        });
        int complete = 0;
        long highest = Long.MAX_VALUE;
        for (byte[] bytes : frames(new RandomTicks(6), 4)) {
            FeedFrame frame = FeedFrame.fromBytes(bytes);
            FeedFrame later = frame instanceof FeedFrame.Part part
                    ? new FeedFrame.Part(highest, part.tick(), part.lane(), part.index(), part.parts(), part.payload())
                    : new FeedFrame.Marker(
                            highest,
                            frame.tick(),
                            ((FeedFrame.Marker) frame).previousTick(),
                            1000,
                            ((FeedFrame.Marker) frame).digests(),
                            ((FeedFrame.Marker) frame).contents());
            complete += assembler.add(later).isPresent() ? 1 : 0;
        }
        assertThat(complete).isEqualTo(4);
    }
}
