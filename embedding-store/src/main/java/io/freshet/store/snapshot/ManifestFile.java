package io.freshet.store.snapshot;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Manifests as JSON. */
final class ManifestFile {
    private final SnapshotFiles files;
    private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    ManifestFile(SnapshotFiles files) {
        this.files = files;
    }

    void write(String name, Manifest manifest) throws IOException {
        files.publish(name, new ByteArrayInputStream(json.writeValueAsBytes(manifest)));
    }

    Manifest read(String name) {
        String file = files.address() + "/" + name;
        try (InputStream in = files.open(name)) {
            Manifest manifest = json.readValue(in, Manifest.class);
            if (manifest.format() != Manifest.FORMAT) {
                throw new IllegalStateException("manifest " + file + " has format " + manifest.format()
                        + ", this release reads " + Manifest.FORMAT);
            }
            return manifest;
        } catch (IOException e) {
            throw new UncheckedIOException("manifest " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
