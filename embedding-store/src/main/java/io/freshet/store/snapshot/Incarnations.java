package io.freshet.store.snapshot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/** Counts the learners that have led on a repository: {@code incarnations/} has a file that is named by the number. */
final class Incarnations {
    private static final String DIRECTORY = "incarnations/";

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
            return all.isEmpty() ? 0 : Long.parseLong(all.get(all.size() - 1));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot count incarnations in " + files.address(), e);
        }
    }
}
