package io.freshet.local;

import io.freshet.store.directory.LocalDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A temporary directory; it goes when it is closed, or when the process is told to end before that. */
public final class ScratchDirectory implements AutoCloseable {
    /** Whoever works in it may write while it is removed. */
    private static final int ATTEMPTS = 5;

    private final Path path;
    private final Thread atEnd;

    private ScratchDirectory(Path path) {
        this.path = path;
        atEnd = new Thread(this::removeAtEnd, "freshet-scratch");
    }

    /** Makes one among the machine's temporary files. */
    public static ScratchDirectory make(String prefix) throws IOException {
        return make(Path.of(System.getProperty("java.io.tmpdir")), prefix);
    }

    /** Makes one in a directory. */
    public static ScratchDirectory make(Path parent, String prefix) throws IOException {
        ScratchDirectory made = new ScratchDirectory(Files.createTempDirectory(parent, prefix));
        try {
            Runtime.getRuntime().addShutdownHook(made.atEnd);
        } catch (IllegalStateException e) {
            // The process ends already.
            LocalDirectory.delete(made.path);
            throw e;
        }
        return made;
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    private void removeAtEnd() {
        for (int attempt = 0; attempt < ATTEMPTS && Files.exists(path); attempt++) {
            try {
                LocalDirectory.delete(path);
            } catch (IOException | UncheckedIOException e) {
                // Something was written meanwhile; nobody is left who could be told.
                continue;
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(path)) {
            LocalDirectory.delete(path);
        }
        try {
            Runtime.getRuntime().removeShutdownHook(atEnd);
        } catch (IllegalStateException e) {
            // The process ends, and the hook finds nothing to do.
            return;
        }
    }
}
