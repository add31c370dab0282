package io.freshet.schema.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Schemas of one registry on disk, so that a restart reads its log while the registry is away. Only a cache: a file
 * that fails its checksum is asked for again, and a directory that cannot be written is said once and done without.
 */
final class SchemaCache {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaCache.class);

    private final Path directory;
    private boolean failed;

    SchemaCache(Path directory) {
        this.directory = directory;
    }

    private Path file(int id) {
        return directory.resolve(id + ".avsc");
    }

    private static String checksum(String schema) {
        CRC32C crc = new CRC32C();
        crc.update(schema.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x\n", crc.getValue());
    }

    /** The schema's text, if it is there and whole. */
    Optional<String> read(int id) {
        try (InputStream in = Files.newInputStream(file(id))) {
            String text = new String(in.readNBytes(HttpSchemaRegistry.MAX_BYTES + 16), StandardCharsets.UTF_8);
            String schema = text.substring(text.indexOf('\n') + 1);
            if (text.equals(checksum(schema) + schema)) {
                return Optional.of(schema);
            }
            LOG.warn("{} fails its checksum; the registry is asked again", file(id));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            LOG.warn("{} cannot be read; the registry is asked again: {}", file(id), e.toString());
        }
        return Optional.empty();
    }

    /** Keeps a schema's text: whole or not at all. */
    void write(int id, String schema) {
        try {
            Files.createDirectories(directory);
            Path temporary = Files.createTempFile(directory, id + "-", ".tmp");
            try {
                Files.writeString(temporary, checksum(schema) + schema);
                Files.move(temporary, file(id), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            if (!failed) {
                LOG.warn("schemas are not cached in {}: {}", directory, e.toString());
            }
            failed = true;
        }
    }
}
