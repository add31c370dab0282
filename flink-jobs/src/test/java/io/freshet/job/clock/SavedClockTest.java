package io.freshet.job.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** A saved clock is read as it was written, by this and by later releases; anything else is refused by name. */
class SavedClockTest {
    private static PartitionState state() {
        PartitionState state = new PartitionState(3, SequenceDriver.CONFIG);
        for (int i = 0; i < 10; i++) {
            state.clock.take(1_000 * i);
        }
        state.next = 42;
        state.assigned(36, 40);
        state.assigned(36, 41);
        state.holds(34, 5, -1, -1);
        return state;
    }

    private static final SavedClock.Shared SHARED = new SavedClock.Shared(35, 36, 1);

    @Test
    void whatIsWrittenIsRead() {
        PartitionState read = new PartitionState(3, SequenceDriver.CONFIG);
        assertThat(SavedClock.read(read, SavedClock.write(state(), SHARED))).isEqualTo(SHARED);
        assertThat(read.next).isEqualTo(42);
        assertThat(read.lastTick).isEqualTo(36);
        assertThat(read.inLastTick).isEqualTo(2);
        assertThat(read.clock.time()).isEqualTo(9_000);
        assertThat(read.openRecords()).isEqualTo(7);
        assertThat(read.fits(36, 34, 41)).isTrue();
        assertThat(read.fits(36, 34, 40)).as("offset 41 was given tick 36").isFalse();
        assertThat(read.fits(35, 34, 39)).isTrue();
        assertThat(read.fits(35, 34, 40)).as("offset 40 was given a later tick").isFalse();
        assertThat(read.fits(36, 33, 41)).as("tick 34 is open and was left out").isFalse();
        assertThat(read.fits(36, TickLedger.UNKNOWN, 41)).isTrue();
        assertThat(read.closed(34)).as("records of ticks up to 34").isEqualTo(5);
        assertThat(read.closed(36)).isEqualTo(2);
    }

    /** The bytes of version 4: a change of the layout needs a new version. */
    @Test
    void theBytesAreThoseOfVersionFour() {
        String golden = "04" + "000000000000002a" + "0000000000000024" + "00000002" + "0000000000002328"
                + "0000000000000000" + "0000000000000000" + "0000000000000000" + "0000000000000000" + "0000000a"
                + "0000000000001f40" + "0000000000002328" + "00000000000007d0" + "0000000000000bb8"
                + "0000000000000fa0" + "0000000000001388" + "0000000000001770" + "0000000000001b58"
                + "0000000000000023" + "0000000000000024" + "0000000000000001" + "00000002"
                + "0000000000000022" + "00000005" + "ff".repeat(16)
                + "0000000000000024" + "00000002" + "0000000000000028" + "0000000000000029";
        String written = HexFormat.of().formatHex(SavedClock.write(state(), SHARED));
        assertThat(written).startsWith(golden).hasSize(golden.length() + 8);
    }

    @Test
    void everyDamagedByteIsRefused() {
        byte[] whole = SavedClock.write(state(), SHARED);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 1;
            assertThatThrownBy(() -> SavedClock.read(new PartitionState(3, SequenceDriver.CONFIG), damaged))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("partition 3");
        }
    }

    @Test
    void everyCutIsRefused() {
        byte[] whole = SavedClock.write(state(), SHARED);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> SavedClock.read(new PartitionState(3, SequenceDriver.CONFIG), cut))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    /** A clock as commit f242271 saved it: 36 bytes without a version. */
    @Test
    void aClockOfTheFirstFormatIsRefusedByName() {
        assertThatThrownBy(() -> SavedClock.read(new PartitionState(3, SequenceDriver.CONFIG), new byte[36]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("this release reads format 4");
    }
}
