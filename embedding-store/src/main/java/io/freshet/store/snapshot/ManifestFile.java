package io.freshet.store.snapshot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Manifests as JSON. The first line is the opening bracket and the field {@code crc32c}, the checksum of all bytes
 * behind that line, so that a manifest is still JSON for everybody else.
 */
final class ManifestFile {
    private static final Pattern FIRST_LINE = Pattern.compile("\\{\"crc32c\":\"([0-9a-f]{8})\",\n");
    private static final int FIRST_LINE_BYTES = 22;

    private final SnapshotFiles files;
    private final ObjectMapper json = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    ManifestFile(SnapshotFiles files) {
        this.files = files;
    }

    void write(String name, Manifest manifest) throws IOException {
        new ManifestRules(name).check(manifest);
        files.publish(name, new ByteArrayInputStream(toBytes(manifest)));
    }

    /** A manifest as a file's {@code [bytes]}. */
    byte[] toBytes(Manifest manifest) throws IOException {
        byte[] object = json.writeValueAsBytes(manifest);
        // Without its opening bracket, which stands in the first line.
        byte[] body = Arrays.copyOfRange(object, 1, object.length);
        byte[] first = ("{\"crc32c\":\"" + crc(body, 0) + "\",\n").getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(first, first.length + body.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        return all;
    }

    private static String crc(byte[] bytes, int from) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, bytes.length - from);
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    /**
     * Reads a manifest.
     *
     * @throws IllegalStateException naming the file, if it is of another format, damaged, or breaks a rule
     */
    Manifest read(String name) {
        String file = files.address() + "/" + name;
        byte[] bytes;
        try (InputStream in = files.open(name)) {
            bytes = in.readNBytes(ManifestRules.MOST_BYTES + 1);
        } catch (IOException e) {
            throw new UncheckedIOException("manifest " + file + " cannot be read: " + e.getMessage(), e);
        }
        if (bytes.length > ManifestRules.MOST_BYTES) {
            throw new IllegalStateException("manifest " + file + " has more than " + ManifestRules.MOST_BYTES
                    + " bytes; nothing of it is used, choose another snapshot");
        }
        return fromBytes(bytes, file);
    }

    /** A manifest from a file's {@code bytes [bytes]}. */
    Manifest fromBytes(byte[] bytes, String file) {
        String start = new String(bytes, 0, Math.min(bytes.length, FIRST_LINE_BYTES), StandardCharsets.US_ASCII);
        Matcher first = FIRST_LINE.matcher(start);
        if (!first.matches()) {
            throw unchecked(bytes, file);
        }
        if (!first.group(1).equals(crc(bytes, FIRST_LINE_BYTES))) {
            throw new IllegalStateException(
                    "manifest " + file + " is damaged (its checksum differs); choose another snapshot");
        }
        byte[] object = Arrays.copyOfRange(bytes, FIRST_LINE_BYTES - 1, bytes.length);
        object[0] = '{';
        try {
            requireFormat(json.readTree(object), file);
            Manifest manifest = json.readValue(object, Manifest.class);
            new ManifestRules(file).check(manifest);
            return manifest;
        } catch (IOException e) {
            throw new IllegalStateException("manifest " + file + " is no manifest: " + shown(e), e);
        }
    }

    private static String shown(IOException e) {
        return e instanceof JsonProcessingException said ? said.getOriginalMessage() : String.valueOf(e.getMessage());
    }

    /** Without a checksum it is of an earlier release, or no manifest. */
    private IllegalStateException unchecked(byte[] bytes, String file) {
        try {
            requireFormat(json.readTree(bytes), file);
        } catch (IOException e) {
            return new IllegalStateException("manifest " + file + " is damaged or no manifest: " + shown(e), e);
        }
        return new IllegalStateException(
                "manifest " + file + " is damaged (it has no checksum); choose another snapshot");
    }

    private static void requireFormat(JsonNode manifest, String file) {
        JsonNode format = manifest.path("format");
        if (!format.isInt() || format.intValue() != Manifest.FORMAT) {
            throw new IllegalStateException(
                    "manifest " + file + " has format " + (format.isMissingNode() ? "none" : format)
                            + ", this release reads " + Manifest.FORMAT
                            + ": it was written by another release. Go on with that release, or begin without a"
                            + " checkpoint in a new repository (freshet.store.repository); the log is learned again");
        }
    }
}
