package io.freshet.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A store's directory: a subdirectory per lane held, and the file {@code STORE} that says what it is. */
public final class StoreDirectory {
    private static final String MARKER = "STORE";

    private StoreDirectory() {}

    /** Directory of a lane's database. */
    public static Path lane(Path directory, int lane) {
        return directory.resolve(String.format(java.util.Locale.ROOT, "lane-%02d", lane));
    }

    private static String text(StoreLayout layout, LaneRange held) {
        return "freshet-store 2 " + layout + (held.equals(LaneRange.all(layout)) ? "" : " " + held);
    }

    /** Says that a directory, with all lanes in place, is a store. */
    public static void mark(Path directory, StoreLayout layout, LaneRange held) throws IOException {
        Files.writeString(directory.resolve(MARKER), text(layout, held) + "\n");
    }

    /**
     * Looks whether a directory is the store that is asked for; makes one of an empty directory.
     *
     * @throws IllegalStateException if it holds something else, a store of another layout or of other lanes
     */
    public static void prepare(Path directory, StoreLayout layout, LaneRange held) {
        held.requireWithin(layout);
        Path marker = directory.resolve(MARKER);
        try {
            LocalDirectory.create(directory);
            if (Files.exists(marker)) {
                String found = Files.readString(marker).strip();
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
