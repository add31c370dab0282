package io.freshet.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Directories that are made where they are missing; links to directories are taken for what they lead to. */
public final class Directories {
    private Directories() {}

    /**
     * Makes a directory if it is not there, and follows links: Flink, RocksDB and the repository then see a path
     * without any.
     *
     * @throws IOException if there is something else, or it may not be made or read
     */
    public static Path real(Path directory) throws IOException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new IOException(directory + " is no directory");
        }
        if (!Files.isDirectory(directory)) {
            if (Files.isSymbolicLink(directory)) {
                throw new IOException(
                        directory + " is a link to " + Files.readSymbolicLink(directory) + ", which is not there");
            }
            Path parent = directory.toAbsolutePath().getParent();
            if (parent != null) {
                real(parent);
            }
            Files.createDirectories(directory);
        }
        return directory.toRealPath();
    }
}
