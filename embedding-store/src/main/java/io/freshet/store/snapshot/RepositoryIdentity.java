package io.freshet.store.snapshot;

import io.freshet.store.directory.CheckedText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tells a repository from every other: a random name in the file {@code REPOSITORY}, written once, by the first learner
 * that leads on it. It reaches manifests and the feed, never the model.
 */
final class RepositoryIdentity {
    static final String FILE = "REPOSITORY";
    private static final CheckedText TEXT = new CheckedText("freshet-repository", 1);
    private static final int MOST_BYTES = 1024;

    private final SnapshotFiles files;
    /** Once it was read or written. */
    private @Nullable String id;

    RepositoryIdentity(SnapshotFiles files) {
        this.files = files;
    }

    synchronized String get() {
        if (id == null) {
            try {
                if (files.size(FILE).isEmpty()) {
                    String fresh = UUID.randomUUID().toString();
                    files.publish(FILE, new ByteArrayInputStream(TEXT.write("id " + fresh)));
                }
                id = read();
            } catch (IOException e) {
                throw new UncheckedIOException("the identity of " + files.address() + " cannot be read or written", e);
            }
        }
        return id;
    }

    private String read() throws IOException {
        String file = files.address() + "/" + FILE;
        try (InputStream in = files.open(FILE)) {
            String body = TEXT.read(in.readNBytes(MOST_BYTES), file, "set freshet.store.repository to another place");
            String id = body.startsWith("id ") ? body.substring(3) : "";
            if (!ManifestRules.ID.matcher(id).matches()) {
                throw new IllegalStateException(file + " says '" + body + "', expected 'id' and a name");
            }
            return id;
        }
    }
}
