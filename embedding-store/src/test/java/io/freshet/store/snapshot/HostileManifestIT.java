package io.freshet.store.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.freshet.store.Golden;
import io.freshet.store.Mutations;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Whatever a manifest's bytes are, with the right checksum too: one that keeps the rules, or a named refusal. */
class HostileManifestIT {
    private static final int FIRST_LINE = 22;

    @Test
    void manifestsAreReadOrRefusedByName() {
        new Mutations(14, Golden.file("manifest.json")).forEach(HostileManifestIT::readTwice);
    }

    @FuzzTest
    void fuzzManifests(byte[] input) {
        readTwice(input);
    }

    /** As it is, and with the right checksum. */
    private static void readTwice(byte[] input) {
        ManifestFile manifests = new ManifestFile(new LocalSnapshotFiles(Path.of("nowhere")));
        read(manifests, input);
        read(manifests, sealed(input));
    }

    private static byte[] sealed(byte[] input) {
        if (input.length <= FIRST_LINE) {
            return input;
        }
        CRC32C crc = new CRC32C();
        crc.update(input, FIRST_LINE, input.length - FIRST_LINE);
        byte[] first = String.format("{\"crc32c\":\"%08x\",\n", crc.getValue()).getBytes(StandardCharsets.US_ASCII);
        byte[] sealed = Arrays.copyOf(first, input.length);
        System.arraycopy(input, FIRST_LINE, sealed, FIRST_LINE, input.length - FIRST_LINE);
        return sealed;
    }

    private static void read(ManifestFile manifests, byte[] input) {
        try {
            new ManifestRules("again").check(manifests.fromBytes(input, "the-file"));
        } catch (IllegalStateException e) {
            assertThat(e).hasMessageContaining("the-file");
        }
    }
}
