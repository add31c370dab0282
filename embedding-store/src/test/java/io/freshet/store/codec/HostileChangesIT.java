package io.freshet.store.codec;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.freshet.store.Mutations;
import io.freshet.store.RandomTicks;
import io.freshet.store.TickChanges;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Whatever bytes a tick's changes have, the right checksum included: changes, or a refusal. */
class HostileChangesIT {
    @Test
    void changesAreReadOrRefused() {
        RandomTicks ticks = new RandomTicks(9);
        byte[][] seeds = new byte[12][];
        for (int n = 0; n < seeds.length; n++) {
            TickChanges changes = ticks.next();
            seeds[n] = LaneChangesCodec.encode(
                    changes.tick(), changes.frontier(), changes.lanes().get(n % 4));
        }
        new Mutations(11, seeds).forEach(HostileChangesIT::readTwice);
    }

    @FuzzTest
    void fuzzChanges(byte[] input) {
        readTwice(input.clone());
    }

    /** As it is, and with the right checksum. */
    private static void readTwice(byte[] input) {
        read(input);
        if (input.length > 4) {
            CRC32C crc = new CRC32C();
            crc.update(input, 0, input.length - 4);
            ByteBuffer.wrap(input).putInt(input.length - 4, (int) crc.getValue());
            read(input);
        }
    }

    private static void read(byte[] input) {
        try {
            LaneChangesCodec.decode(input);
        } catch (IllegalArgumentException e) {
            // Refused.
        }
    }
}
