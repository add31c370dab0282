package io.freshet.job.clock;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.freshet.store.Mutations;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Whatever bytes a checkpoint has of a clock: a clock, or a refusal. */
class HostileClockIT {
    @Test
    void savedClocksAreReadOrRefused() {
        byte[] right = SavedClock.write(new PartitionState(0, SequenceDriver.CONFIG), new SavedClock.Shared(3, 4, 5));
        new Mutations(6, right).forEach(HostileClockIT::readTwice);
    }

    @FuzzTest
    void fuzzClocks(byte[] input) {
        readTwice(input.clone());
    }

    /** As it is, and with the right checksum. */
    private static void readTwice(byte[] input) {
        read(input);
        if (input.length > 4) {
            CRC32 crc = new CRC32();
            crc.update(input, 0, input.length - 4);
            ByteBuffer.wrap(input).putInt(input.length - 4, (int) crc.getValue());
            read(input);
        }
    }

    private static void read(byte[] input) {
        try {
            SavedClock.read(new PartitionState(0, SequenceDriver.CONFIG), input);
        } catch (IllegalStateException e) {
            // Refused.
        }
    }
}
