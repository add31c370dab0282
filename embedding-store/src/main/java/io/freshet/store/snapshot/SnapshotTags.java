package io.freshet.store.snapshot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Names for snapshots, one file each; a tagged snapshot does not expire. */
public final class SnapshotTags {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final Path directory;

    SnapshotTags(Path directory) {
        this.directory = directory;
    }

    /** All tags with their snapshots' names, by name. */
    public Map<String, String> all() {
        Map<String, String> tags = new TreeMap<>();
        if (!Files.isDirectory(directory)) {
            return tags;
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(
                            path -> NAME.matcher(path.getFileName().toString()).matches())
                    .toList()) {
                tags.put(file.getFileName().toString(), Files.readString(file).strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the tags in " + directory + " cannot be read", e);
        }
        return tags;
    }

    /**
     * Names a snapshot; a name that is taken moves to it.
     *
     * @throws IllegalArgumentException if the name could not be a file's
     */
    public void set(String name, Manifest snapshot) {
        requireName(name);
        try {
            Files.createDirectories(directory);
            Path writing = directory.resolve("+" + name);
            Files.writeString(writing, snapshot.id() + "\n");
            Files.move(
                    writing,
                    directory.resolve(name),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("tag " + name + " cannot be written to " + directory, e);
        }
    }

    /** Takes a name away; false if there was none. */
    public boolean remove(String name) {
        requireName(name);
        try {
            return Files.deleteIfExists(directory.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException("tag " + name + " cannot be removed from " + directory, e);
        }
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "tag '" + name + "': expected letters, digits, '.', '_' and '-', at most 100, starting with one of"
                            + " the first two");
        }
    }
}
