package io.freshet.schema.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schema.wire.EventSchemas.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaNormalization;
import org.apache.commons.codec.digest.MurmurHash3;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A released schema never changes, and every version reads what every other version wrote. */
class SchemaHistoryTest {
    private static final Path RESOURCES = Path.of("src/main/resources/schemas");

    /** Of each version, the parsing fingerprint and the hash of the whole file; add lines, never change one. */
    private static final Map<Type, List<String>> PINNED = Map.of(
            Type.BEHAVIOUR_EVENT, List.of("d825b2f8470dfcc9 cc6e77534bc5fd44"),
            Type.ITEM_PROFILE, List.of("5aae93415160b278 acd33f139305669"));

    @ParameterizedTest
    @EnumSource
    void everyVersionReadsEveryOther(Type type) {
        for (Schema reader : EventSchemas.released(type)) {
            for (Schema writer : EventSchemas.released(type)) {
                var result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
                assertThat(result.getType()).as(result.toString()).isEqualTo(SchemaCompatibilityType.COMPATIBLE);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyVersionKeepsItsName(Type type) {
        String name = EventSchemas.current(type).getFullName();
        assertThat(EventSchemas.released(type))
                .allMatch(schema -> schema.getFullName().equals(name));
        assertThat(name).startsWith("io.freshet.events.v1.");
    }

    @ParameterizedTest
    @EnumSource
    void committedFilesAreUnchanged(Type type) throws Exception {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < EventSchemas.released(type).size(); i++) {
            Schema schema = EventSchemas.released(type).get(i);
            String file = Files.readString(RESOURCES.resolve(type.directory()).resolve((i + 1) + ".avsc"));
            found.add(Long.toHexString(SchemaNormalization.parsingFingerprint64(schema)) + " "
                    + Long.toHexString(
                            MurmurHash3.hash128x64(file.replace("\r\n", "\n").getBytes(StandardCharsets.UTF_8))[0]));
        }
        assertThat(found).isEqualTo(PINNED.get(type));
    }

    @Test
    void everyCommittedFileIsLoaded() throws Exception {
        try (Stream<Path> files = Files.walk(RESOURCES)) {
            assertThat(files.filter(Files::isRegularFile))
                    .hasSize(Arrays.stream(Type.values())
                            .mapToInt(type -> EventSchemas.released(type).size())
                            .sum());
        }
    }

    /** The test must be able to fail: a field without a default breaks one way, a dropped one the other. */
    @Test
    void anIncompatibleSchemaWouldBeFound() {
        Schema grown = new Schema.Parser()
                .parse(EventSchemas.current(Type.ITEM_PROFILE)
                        .toString()
                        .replace("\"fields\":[", "\"fields\":[{\"name\":\"new\",\"type\":\"long\"},"));
        assertThat(SchemaCompatibility.checkReaderWriterCompatibility(grown, EventSchemas.current(Type.ITEM_PROFILE))
                        .getType())
                .isEqualTo(SchemaCompatibilityType.INCOMPATIBLE);
    }
}
