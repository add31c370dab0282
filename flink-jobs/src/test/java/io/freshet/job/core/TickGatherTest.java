package io.freshet.job.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.AppliedTick;
import io.freshet.store.LaneRange;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.exchange.Exchange;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The leader publishes of all lanes what one learner alone would. */
class TickGatherTest {
    /** One of two learners, whose other half is what a test makes of it. */
    private static final class Half implements Exchange {
        private final int self;
        private byte[] told = {};
        private byte[] heard = {};

        Half(int self) {
            this.self = self;
        }

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
            throw new AssertionError("nothing is told to everybody");
        }

        @Override
        public byte[][] allToAll(byte[][] parts) {
            told = parts[1 - self];
            byte[][] taken = new byte[2][];
            taken[self] = parts[self];
            taken[1 - self] = heard;
            return taken;
        }
    }

    private final Half leader = new Half(0);
    private final Half second = new Half(1);
    private final int lanes = SmallTicks.LAYOUT.lanes();

    private AppliedTick applied(LaneRange held) {
        return new InMemoryStore(SmallTicks.LAYOUT, held).apply(SmallTicks.of(7));
    }

    private AppliedTick gathered() {
        return new TickGather(leader, lanes).gather(applied(leader.owned(lanes)));
    }

    @Test
    void digestsContentsAndChangesOfAllLanesComeTogether() {
        AppliedTick theirs = applied(second.owned(lanes));
        assertThat(new TickGather(second, lanes).gather(theirs)).isSameAs(theirs);
        assertThat(leader.told).isEmpty();
        leader.heard = second.told;
        AppliedTick all = gathered();
        AppliedTick alone = applied(LaneRange.all(SmallTicks.LAYOUT));
        assertThat(all.digests()).isDeepEqualTo(alone.digests());
        assertThat(all.contents()).isDeepEqualTo(alone.contents());
        assertThat(all.encoded()).isDeepEqualTo(alone.encoded());
    }

    @Test
    void aMessageThatIsTooShortOrTooLongIsRefused() {
        new TickGather(second, lanes).gather(applied(second.owned(lanes)));
        for (int length = 0; length < second.told.length; length++) {
            leader.heard = Arrays.copyOf(second.told, length);
            assertThatThrownBy(this::gathered)
                    .as("%d bytes", length)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("learner 1");
        }
        leader.heard = Arrays.copyOf(second.told, second.told.length + 1);
        assertThatThrownBy(this::gathered).hasMessageContaining("learner 1").hasMessageContaining("1 bytes behind");
        leader.heard = second.told.clone();
        // A length that would not fit into memory.
        leader.heard[64] = 0x7f;
        assertThatThrownBy(this::gathered).hasMessageContaining("cut short");
    }
}
