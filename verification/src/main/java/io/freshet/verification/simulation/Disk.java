package io.freshet.verification.simulation;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.freshet.store.snapshot.LocalSnapshotFiles;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** All files of a schedule, in memory: the product's snapshot repository, and working directories. */
final class Disk implements AutoCloseable {
    private final FileSystem files = Jimfs.newFileSystem(Configuration.unix());
    private final SnapshotRepository still;
    private final LocalSnapshotFiles raw;
    private final SteppingFiles stepping;
    private final World world;
    private int openings;

    Disk(World world, int grain) {
        this.world = world;
        raw = new LocalSnapshotFiles(files.getPath("/repository"));
        stepping = new SteppingFiles(world, raw, grain);
        still = new SnapshotRepository(raw, world::now);
    }

    /** The repository as one process uses it. */
    SnapshotRepository repository() {
        return new SnapshotRepository(stepping, world::now);
    }

    /** The repository as the invariants see it: nothing happens meanwhile. */
    SnapshotRepository still() {
        return still;
    }

    LocalSnapshotFiles raw() {
        return raw;
    }

    /** A name that was never used. */
    String opening() {
        return "h" + openings++;
    }

    /** A working directory that is not there yet. */
    Path directory(String name) {
        Path directory = files.getPath("/work", name);
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void delete(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            files.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
