package io.freshet.job.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.freshet.job.records.TickedEvent;
import io.freshet.store.AppliedTick;
import io.freshet.store.Mutations;
import io.freshet.train.exchange.Exchange;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Whatever bytes stand in a checkpoint or come from another learner: what they say, or a refusal of the kind meant. */
class HostileEntriesTest {
    /** The other of two learners, who says what a test wants. */
    private static Exchange other(int self, byte[] says) {
        return new Exchange() {
            @Override
            public int learners() {
                return 2;
            }

            @Override
            public int self() {
                return self;
            }

            @Override
            public byte[][] allGather(byte[] mine) {
                byte[][] all = {mine, mine};
                all[1 - self] = says;
                return all;
            }

            @Override
            public byte[][] allToAll(byte[][] parts) {
                byte[][] all = parts.clone();
                all[1 - self] = says;
                return all;
            }
        };
    }

    private static byte[] entry() {
        OpenTicks open = new OpenTicks();
        open.add(CoreRig.click(4, 0, 12, 1, 1));
        open.add(CoreRig.withoutEvent(4, 1, 3));
        open.add(TickedEvent.note(5, 1, 9, 77, "gap"));
        return open.toEntry("repository-1", "learner-000001-checkpoint-000002");
    }

    /** The checksum that the bytes should have. */
    private static byte[] sealed(byte[] bytes) {
        byte[] sealed = bytes.clone();
        if (sealed.length > 4) {
            CRC32 crc = new CRC32();
            crc.update(sealed, 0, sealed.length - 4);
            ByteBuffer.wrap(sealed).putInt(sealed.length - 4, (int) crc.getValue());
        }
        return sealed;
    }

    @Test
    void entriesOfACheckpointAreReadWholeOrRefused() {
        new Mutations(3, entry()).forEach(HostileEntriesTest::readEntry);
    }

    @FuzzTest
    void fuzzEntries(byte[] input) {
        readEntry(input);
    }

    private static void readEntry(byte[] input) {
        for (byte[] bytes : new byte[][] {input, sealed(input)}) {
            OpenTicks open = new OpenTicks();
            try {
                OpenTicks.Origin origin = open.addEntry(bytes, event -> true);
                assertThat(open.toEntry(origin.repository(), origin.snapshot()))
                        .hasSizeLessThanOrEqualTo(bytes.length + 64);
            } catch (PermanentFailure e) {
                assertThat(open.records()).isZero();
            }
        }
    }

    @Test
    void whatAnotherLearnerSaysOfItsTicksIsReadOrRefused() {
        TreeMap<Long, TreeMap<Integer, Long>> mine = new TreeMap<>(Map.of(3L, new TreeMap<>(Map.of(0, 9L))));
        byte[] right = ByteBuffer.allocate(8 + 8 + 4 + 8 + 4 + 12)
                .putLong(2)
                .putLong(77)
                .putInt(1)
                .putLong(3)
                .putInt(1)
                .putInt(1)
                .putLong(5)
                .array();
        assertThat(new TickAgreement(other(0, right)).agree(mine, 2, 77)).isEqualTo(Map.of(3L, Map.of(0, 9L, 1, 5L)));
        new Mutations(4, right).forEach(input -> {
            try {
                new TickAgreement(other(0, input)).agree(mine, 2, 77);
            } catch (UncheckedIOException e) {
                assertThat(e).hasMessageContaining("learner 1");
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageContaining("learner 1 is at tick");
            }
        });
    }

    @Test
    void whatAnotherLearnersLanesDidIsReadOrRefused() {
        byte[][] digests = new byte[4][32];
        byte[][] encoded = new byte[4][];
        for (int lane = 0; lane < 4; lane++) {
            Arrays.fill(digests[lane], (byte) lane);
            encoded[lane] = new byte[3 + lane];
        }
        ByteBuffer right = ByteBuffer.allocate(2 * 68 + 5 + 6);
        for (int lane = 2; lane < 4; lane++) {
            right.put(digests[lane])
                    .put(digests[lane])
                    .putInt(encoded[lane].length)
                    .put(encoded[lane]);
        }
        AppliedTick mine = new AppliedTick(digests, digests, encoded);
        AppliedTick whole = new TickGather(other(0, right.array()), 4).gather(mine);
        assertThat(whole.encoded()).isDeepEqualTo(encoded);
        new Mutations(5, right.array()).forEach(input -> {
            try {
                new TickGather(other(0, input), 4).gather(mine);
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageContaining("what learner 1 did in a tick");
            }
        });
    }
}
