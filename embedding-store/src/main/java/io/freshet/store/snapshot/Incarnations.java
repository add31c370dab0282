package io.freshet.store.snapshot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Counts the learners that have led on a repository: {@code incarnations/} has a file without content that is named by
 * the number, twelve digits. The name is all there is, so it needs neither version nor checksum.
 */
final class Incarnations {
    private static final String DIRECTORY = "incarnations/";
    private static final Pattern NAME = Pattern.compile("\\d{12}");

    private final SnapshotFiles files;

    Incarnations(SnapshotFiles files) {
        this.files = files;
    }

    private static String name(long number) {
        return String.format(Locale.ROOT, "%012d", number);
    }

    long next() {
        try {
            long next = last() + 1;
            while (!files.claim(DIRECTORY + name(next))) {
                next++;
            }
            for (String name : files.list(DIRECTORY)) {
                if (name.compareTo(name(next)) < 0) {
                    files.delete(DIRECTORY + name);
                }
            }
            return next;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot count incarnations in " + files.address(), e);
        }
    }

    long last() {
        try {
            List<String> all = files.list(DIRECTORY);
            for (String name : all) {
                if (!NAME.matcher(name).matches()) {
                    throw new IllegalStateException(files.address() + "/" + DIRECTORY + name
                            + " is no incarnation (twelve digits): remove it if it is yours");
                }
            }
            return all.isEmpty() ? 0 : Long.parseLong(all.get(all.size() - 1));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot count incarnations in " + files.address(), e);
        }
    }
}
