package io.freshet.store.directory;

import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import io.freshet.store.codec.LaneDigests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A store's directory: a subdirectory per lane held, and the file {@code STORE} that says what it is. The version in it
 * covers all that the lanes hold; values in them have none of their own. A directory that a snapshot was restored to
 * also has the file {@code RESTORED} with the snapshot's digests, until the store was opened once and compared.
 */
public final class StoreDirectory {
    /** Version of a store's files, of every value in them too. */
    public static final int FORMAT = 3;

    private static final String MARKER = "STORE";
    private static final String RESTORED = "RESTORED";
    private static final CheckedText STORE_FILE = new CheckedText("freshet-store", FORMAT);
    private static final CheckedText RESTORED_FILE = new CheckedText("freshet-restored", 1);
    private static final String REMEDY = "a learner restores a snapshot of this release or begins anew, a scorer"
            + " bootstraps into an empty directory";

    private StoreDirectory() {}

    /** Directory of a lane's database. */
    public static Path lane(Path directory, int lane) {
        return directory.resolve(String.format(Locale.ROOT, "lane-%02d", lane));
    }

    private static String text(StoreLayout layout, LaneRange held) {
        return layout + (held.equals(LaneRange.all(layout)) ? "" : " " + held);
    }

    private static void mark(Path directory, StoreLayout layout, LaneRange held) throws IOException {
        Files.write(directory.resolve(MARKER), STORE_FILE.write(text(layout, held)));
    }

    /**
     * Says that a directory, with all lanes in place, is a store, which was restored and is to be compared.
     *
     * @param tick last tick in it
     * @param digests of the lanes held
     */
    public static void markRestored(
            Path directory, StoreLayout layout, LaneRange held, long tick, Map<Integer, LaneDigests> digests)
            throws IOException {
        StringBuilder lines = new StringBuilder("tick " + tick);
        for (int lane = held.from(); lane < held.to(); lane++) {
            LaneDigests one = digests.get(lane);
            if (one == null) {
                throw new IllegalArgumentException("no digests of lane " + lane);
            }
            lines.append("\nlane ").append(lane).append(' ').append(one.chain());
            lines.append(' ').append(one.content()).append(' ').append(one.own());
        }
        Files.write(directory.resolve(RESTORED), RESTORED_FILE.write(lines.toString()));
        mark(directory, layout, held);
    }

    /**
     * Compares a store that is opened for the first time after it was restored with its snapshot; does nothing for any
     * other.
     *
     * @param digests of the lanes held
     * @throws IllegalStateException naming tick or lane, if they are not the snapshot's
     */
    public static void compareRestored(Path directory, long tick, Map<Integer, LaneDigests> digests) {
        Path file = directory.resolve(RESTORED);
        try {
            if (!Files.exists(file)) {
                return;
            }
            String[] lines = RESTORED_FILE
                    .read(Files.readAllBytes(file), file, "restore the snapshot again")
                    .split("\n");
            if (!lines[0].equals("tick " + tick)) {
                throw new IllegalStateException("the store restored to " + directory + " is at tick " + tick
                        + ", its snapshot at " + lines[0] + ": choose another snapshot");
            }
            Map<Integer, LaneDigests> expected = new TreeMap<>();
            for (int i = 1; i < lines.length; i++) {
                String[] words = lines[i].split(" ");
                expected.put(Integer.parseInt(words[1]), new LaneDigests(words[2], words[3], words[4]));
            }
            digests.forEach((lane, found) -> {
                LaneDigests snapshot = expected.get(lane);
                if (snapshot != null) {
                    snapshot.requireSame(found, lane, directory);
                }
            });
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot compare " + directory + " with its snapshot", e);
        }
    }

    /**
     * Looks whether a directory is the store that is asked for; makes one of an empty directory.
     *
     * @return whether it was there before
     * @throws IllegalStateException if it holds something else, a store of another format, layout or of other lanes
     */
    public static boolean prepare(Path directory, StoreLayout layout, LaneRange held) {
        held.requireWithin(layout);
        Path marker = directory.resolve(MARKER);
        try {
            LocalDirectory.create(directory);
            boolean there = Files.exists(marker);
            if (there) {
                String found = STORE_FILE.read(Files.readAllBytes(marker), marker, REMEDY);
                if (!found.equals(text(layout, held))) {
                    throw new IllegalStateException("store " + directory + " was created as '" + found
                            + "', asked for as '" + text(layout, held) + "'");
                }
            } else {
                create(directory, layout, held);
            }
            for (int lane = held.from(); lane < held.to(); lane++) {
                if (!Files.isDirectory(lane(directory, lane))) {
                    throw new IllegalStateException("store " + directory + " lacks "
                            + lane(directory, lane).getFileName()
                            + "; it is not filled with nothing: restore or bootstrap the store again");
                }
            }
            return there;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the store directory " + directory, e);
        }
    }

    private static void create(Path directory, StoreLayout layout, LaneRange held) throws IOException {
        try (var files = Files.list(directory)) {
            if (files.findAny().isPresent()) {
                throw new IllegalStateException("directory " + directory
                        + " is neither empty nor a Freshet store (no file STORE); it is left as it is");
            }
        }
        for (int lane = held.from(); lane < held.to(); lane++) {
            LocalDirectory.create(lane(directory, lane));
        }
        mark(directory, layout, held);
    }
}
