package io.freshet.store.snapshot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Directories of this machine: cuts and restored stores. */
final class LocalDirectory {
    private LocalDirectory() {}

    /** Removes a directory with all that is in it. */
    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** What is already there is never overwritten, nor removed if a restore fails. */
    static void requireEmpty(Path directory) throws IOException {
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
