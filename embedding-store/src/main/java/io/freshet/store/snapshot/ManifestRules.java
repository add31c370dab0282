package io.freshet.store.snapshot;

import io.freshet.store.codec.LaneDigests;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.util.Collection;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a manifest may say. It comes from a repository that others may write to: nothing in it is believed as it is. */
final class ManifestRules {
    /** Names of snapshots. */
    static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,199}");
    /** Names of files, in a lane's directory and of objects: no separators, and never only dots. */
    static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,399}");
    /** Largest manifest that is read, bytes. */
    static final int MOST_BYTES = 256 << 20;

    private static final int MOST_FILES = 1 << 20;
    private static final int MOST_ENTRIES = 1 << 16;
    private static final long MOST_FILE_BYTES = 1L << 44;
    private static final Pattern INCARNATION = Pattern.compile("\\d{1,18}");
    private static final Pattern DIGEST = Pattern.compile("(?:[0-9a-f]{64})?");

    private final Object where;

    /** @param where the manifest's file, for errors */
    ManifestRules(Object where) {
        this.where = where;
    }

    /**
     * Refuses a manifest that breaks a rule.
     *
     * @throws IllegalStateException naming file, value and rule
     */
    void check(Manifest manifest) {
        present("id", manifest.id());
        present("repository", manifest.repository());
        present("layout", manifest.layout());
        require(ID.matcher(manifest.id()).matches(), "id", manifest.id(), "letters, digits, '_' and '-'");
        require(
                ID.matcher(manifest.repository()).matches(),
                "repository",
                manifest.repository(),
                "letters, digits, '_' and '-'");
        require(manifest.tick() >= -1, "tick", manifest.tick(), "at least -1");
        bounded(
                "frontier",
                manifest.frontier() == null ? null : manifest.frontier().entrySet(),
                MOST_ENTRIES);
        bounded(
                "feedOffsets",
                manifest.feedOffsets() == null ? null : manifest.feedOffsets().entrySet(),
                MOST_ENTRIES);
        bounded(
                "properties",
                manifest.properties() == null ? null : manifest.properties().entrySet(),
                MOST_ENTRIES);
        bounded("lanes", manifest.lanes(), MOST_ENTRIES);
        bounded("files", manifest.files(), MOST_FILES);
        int lanes = manifest.layout().lanes();
        require(manifest.lanes().size() == lanes, "lanes", manifest.lanes().size(), lanes + ", as the layout has");
        for (LaneDigests digests : manifest.lanes()) {
            digest(digests.chain());
            digest(digests.content());
            digest(digests.own());
        }
        Set<String> names = new HashSet<>();
        for (StoredFile file : manifest.files()) {
            check(file, lanes);
            require(names.add(file.lane() + "/" + file.name()), "files", file.name(), "every file of a lane once");
        }
        String incarnation = manifest.properties().getOrDefault(Manifest.INCARNATION, "0");
        require(INCARNATION.matcher(incarnation).matches(), "properties.incarnation", incarnation, "a number");
    }

    private void check(StoredFile file, int lanes) {
        present("files.name", file.name());
        present("files.object", file.object());
        String names = "letters, digits, '.', '_' and '-', starting with one of the first two";
        require(FILE.matcher(file.name()).matches(), "files.name", file.name(), names);
        require(FILE.matcher(file.object()).matches(), "files.object", file.object(), names);
        require(file.lane() >= 0 && file.lane() < lanes, "files.lane", file.lane(), "a lane of the layout");
        require(file.bytes() >= 0 && file.bytes() <= MOST_FILE_BYTES, "files.bytes", file.bytes(), "a file's size");
    }

    private void digest(String hex) {
        present("lanes", hex);
        require(DIGEST.matcher(hex).matches(), "lanes", hex, "64 hexadecimal digits");
    }

    private void bounded(String field, @Nullable Collection<?> values, int most) {
        Collection<?> all = present(field, values);
        require(all.size() <= most, field, all.size() + " entries", "at most " + most);
        require(all.stream().noneMatch(Objects::isNull), field, "null", "no entry that is null");
    }

    /** What a field has, which must be something. */
    private <T> T present(String field, @Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("manifest " + where + " lacks " + field + "; choose another snapshot");
        }
        return value;
    }

    private void require(boolean valid, String field, Object value, String expected) {
        if (!valid) {
            String shown = String.valueOf(value);
            throw new IllegalStateException("manifest " + where + ": " + field + " = '"
                    + (shown.length() > 200 ? shown.substring(0, 200) + "..." : shown) + "', expected " + expected
                    + "; nothing of it is used, choose another snapshot");
        }
    }
}
