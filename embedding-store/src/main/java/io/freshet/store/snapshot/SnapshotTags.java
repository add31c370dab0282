package io.freshet.store.snapshot;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names for snapshots; a tagged snapshot does not expire. A tag is a file {@code tags/<name>@<number>} that says which;
 * a tag that moves gets the next number before the file of the last one goes, so there is no moment without it.
 */
public final class SnapshotTags {
    private static final String DIRECTORY = "tags/";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final Pattern FILE = Pattern.compile("(" + NAME.pattern() + ")@(\\d{6})");

    private final SnapshotFiles files;

    SnapshotTags(SnapshotFiles files) {
        this.files = files;
    }

    /** All tags with their snapshots' names, by name. */
    public Map<String, String> all() {
        Map<String, String> tags = new TreeMap<>();
        try {
            for (String name : files.list(DIRECTORY)) {
                Matcher matcher = FILE.matcher(name);
                if (matcher.matches()) {
                    // Sorted by number within a name: the last one counts.
                    tags.put(matcher.group(1), read(name));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the tags in " + files.address() + " cannot be read", e);
        }
        return tags;
    }

    private String read(String file) throws IOException {
        try (InputStream in = files.open(DIRECTORY + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    /** Names of all snapshots that have a tag, those that a tag is just moving away from included. */
    Set<String> snapshots() throws IOException {
        Set<String> tagged = new HashSet<>();
        for (String name : files.list(DIRECTORY)) {
            if (FILE.matcher(name).matches()) {
                tagged.add(read(name));
            }
        }
        return tagged;
    }

    /**
     * Names a snapshot; a name that is taken moves to it.
     *
     * @throws IllegalArgumentException if the name could not be a file's
     */
    public void set(String name, Manifest snapshot) {
        requireName(name);
        try {
            int last = 0;
            for (String file : files.list(DIRECTORY)) {
                Matcher matcher = FILE.matcher(file);
                if (matcher.matches() && matcher.group(1).equals(name)) {
                    last = Math.max(last, Integer.parseInt(matcher.group(2)));
                }
            }
            String next = String.format(Locale.ROOT, "%s@%06d", name, last + 1);
            byte[] text = (snapshot.id() + "\n").getBytes(StandardCharsets.UTF_8);
            files.publish(DIRECTORY + next, new ByteArrayInputStream(text));
            removeBut(name, next);
        } catch (IOException e) {
            throw new UncheckedIOException("tag " + name + " cannot be written to " + files.address(), e);
        }
    }

    /** Takes a name away; false if there was none. */
    public boolean remove(String name) {
        requireName(name);
        try {
            return removeBut(name, "");
        } catch (IOException e) {
            throw new UncheckedIOException("tag " + name + " cannot be removed from " + files.address(), e);
        }
    }

    private boolean removeBut(String name, String kept) throws IOException {
        boolean removed = false;
        for (String file : files.list(DIRECTORY)) {
            Matcher matcher = FILE.matcher(file);
            if (matcher.matches() && matcher.group(1).equals(name) && !file.equals(kept)) {
                removed |= files.delete(DIRECTORY + file);
            }
        }
        return removed;
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "tag '" + name + "': expected letters, digits, '.', '_' and '-', at most 100, starting with one of"
                            + " the first two");
        }
    }
}
