package io.freshet.store.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Directories of this machine, or of any other file system that Java opens; each may be a symbolic link to one. */
public final class LocalDirectory {
    private LocalDirectory() {}

    /** Makes a directory with those above it; one that is there, or a link to one, stays as it is. */
    public static Path create(Path directory) throws IOException {
        // Files.createDirectories takes a link for a file that is in the way, up to Java 18.
        return Files.isDirectory(directory) ? directory : Files.createDirectories(directory);
    }

    /** Removes a directory with all that is in it; of a link to one, what is in it. */
    public static void delete(Path directory) throws IOException {
        Path real = directory.toRealPath();
        try (Stream<Path> files = Files.walk(real)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                if (!file.equals(real) || Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /**
     * Refuses a directory with something in it: what is already there is never overwritten, nor removed if a restore
     * fails.
     *
     * @throws IllegalStateException if it is not empty
     */
    public static void requireEmpty(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            if (files.findAny().isPresent()) {
                throw new IllegalStateException(
                        "directory " + directory + " is not empty; a snapshot is restored into a new one");
            }
        }
    }
}
