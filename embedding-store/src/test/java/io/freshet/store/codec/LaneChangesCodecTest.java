package io.freshet.store.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.RandomTicks;
import io.freshet.store.TickChanges;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LaneChangesCodecTest {
    private final TickChanges changes = new RandomTicks(3).next();

    private byte[] encoded(int lane) {
        return LaneChangesCodec.encode(
                changes.tick(), changes.frontier(), changes.lanes().get(lane));
    }

    @Test
    void decodesWhatItEncoded() {
        for (int lane = 0; lane < RandomTicks.LAYOUT.lanes(); lane++) {
            byte[] bytes = encoded(lane);
            LaneChangesCodec.Decoded decoded = LaneChangesCodec.decode(bytes);
            assertThat(decoded.tick()).isEqualTo(changes.tick());
            assertThat(decoded.frontier()).isEqualTo(changes.frontier());
            assertThat(decoded.changes().lane()).isEqualTo(lane);
            assertThat(decoded.changes().removed())
                    .isEqualTo(changes.lanes().get(lane).removed());
            assertThat(decoded.changes().histories())
                    .isEqualTo(changes.lanes().get(lane).histories());
            assertThat(LaneChangesCodec.encode(decoded.tick(), decoded.frontier(), decoded.changes()))
                    .isEqualTo(bytes);
        }
    }

    @Test
    void refusesAnyByteChanged() {
        byte[] bytes = encoded(1);
        for (int at = 0; at < bytes.length; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) (1 << (at % 8));
            assertThatThrownBy(() -> LaneChangesCodec.decode(damaged))
                    .as("byte %d of %d", at, bytes.length)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void refusesAnyCut() {
        byte[] bytes = encoded(1);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> LaneChangesCodec.decode(cut))
                    .as("%d of %d bytes", length, bytes.length)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
