package io.freshet.job.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.freshet.store.Mutations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whatever bytes a checkpoint has of the source: splits, or an error of input. */
class HostileSplitsIT {
    @Test
    void splitsAreReadOrRefused() throws IOException {
        LogSplitSerializer serializer = new LogSplitSerializer();
        byte[] right = serializer.serialize(new LogSplit("id-a", 3, 77, -1, new byte[40], 12, new byte[24]));
        new Mutations(7, right).forEach(HostileSplitsIT::readSplit);
    }

    @FuzzTest
    void fuzzSplits(byte[] input) {
        readSplit(input);
    }

    private static void readSplit(byte[] input) {
        LogSplitSerializer serializer = new LogSplitSerializer();
        try {
            LogSplit split = serializer.deserialize(serializer.getVersion(), input);
            assertThat(serializer.deserialize(serializer.getVersion(), serializer.serialize(split)))
                    .isEqualTo(split);
        } catch (IOException e) {
            // Refused.
        }
    }

    @Test
    void listsOfPartitionsAreReadOrRefused() {
        AssignedPartitions.Serializer serializer = new AssignedPartitions.Serializer();
        byte[] right = serializer.serialize(new AssignedPartitions(Set.of(1, 5, 9)));
        new Mutations(8, right).forEach(input -> {
            try {
                AssignedPartitions read = serializer.deserialize(serializer.getVersion(), input);
                assertThat(serializer.deserialize(1, serializer.serialize(read)))
                        .isEqualTo(read);
            } catch (IOException e) {
                if (input.length % 4 == 0) {
                    throw new UncheckedIOException(e);
                }
            }
        });
    }
}
