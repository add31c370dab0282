package io.freshet.store.snapshot;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Snapshots on a local file system: {@code objects/} holds immutable files, {@code <id>.json} a committed manifest,
 * {@code <id>.json.pending} one that is uploaded but not committed.
 *
 * <p>Table files (SST) are immutable and stored once per opening of the store that wrote them; everything else is
 * stored
 * per snapshot.
 */
public final class SnapshotRepository {
    private static final String COMMITTED = ".json";
    private static final String PENDING = ".json.pending";

    private final Path root;
    private final Path objects;
    private final SnapshotTags tags;
    private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Opens a repository; the directory is created if need be. */
    public SnapshotRepository(Path root) {
        this.root = root;
        objects = root.resolve("objects");
        tags = new SnapshotTags(root.resolve("tags"));
        try {
            Files.createDirectories(objects);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create the snapshot repository " + root, e);
        }
    }

    /**
     * Cuts a snapshot: flush and hard links, no copying. Between two ticks, on the store's writing thread.
     *
     * @param id name, not used before
     * @param properties what a reader needs to build the same model
     * @param feedOffsets where the change feed goes on behind this snapshot
     */
    public PendingSnapshot prepare(
            RocksStore store, String id, Map<String, String> properties, Map<Integer, Long> feedOffsets) {
        Path files;
        try {
            files = Files.createTempDirectory(root, "cut-").resolve("files");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to the snapshot repository " + root, e);
        }
        store.checkpoint(files);
        List<String> digests = new ArrayList<>();
        for (byte[] digest : store.digests()) {
            digests.add(HexFormat.of().formatHex(digest));
        }
        Manifest draft = new Manifest(
                Manifest.FORMAT,
                id,
                store.tick(),
                new TreeMap<>(store.frontier()),
                store.layout(),
                digests,
                new TreeMap<>(properties),
                new TreeMap<>(feedOffsets),
                List.of());
        return new PendingSnapshot(this, files, draft, store.incarnation());
    }

    Manifest upload(PendingSnapshot pending) {
        Manifest draft = pending.draft;
        List<StoredFile> files = new ArrayList<>();
        try {
            for (int lane = 0; lane < draft.layout().lanes(); lane++) {
                for (Path file : list(RocksStore.laneDirectory(pending.files, lane))) {
                    files.add(store(lane, file, pending));
                }
            }
            Manifest manifest = new Manifest(
                    draft.format(),
                    draft.id(),
                    draft.tick(),
                    draft.frontier(),
                    draft.layout(),
                    draft.digests(),
                    draft.properties(),
                    draft.feedOffsets(),
                    files);
            Path temporary = root.resolve(draft.id() + ".writing");
            Files.write(temporary, json.writeValueAsBytes(manifest));
            sync(temporary);
            Files.move(temporary, root.resolve(draft.id() + PENDING), StandardCopyOption.ATOMIC_MOVE);
            delete(java.util.Objects.requireNonNull(pending.files.getParent()));
            return manifest;
        } catch (IOException e) {
            throw new UncheckedIOException("snapshot " + draft.id() + " could not be stored in " + root, e);
        }
    }

    private StoredFile store(int lane, Path file, PendingSnapshot pending) throws IOException {
        String name = file.getFileName().toString();
        boolean shared = name.endsWith(".sst");
        String object = String.format(
                java.util.Locale.ROOT,
                "%02d-%s-%s%s",
                lane,
                pending.incarnation,
                shared ? "" : pending.id() + "-",
                name);
        Path target = objects.resolve(object);
        long crc = checksum(file);
        if (!shared || !Files.exists(target)) {
            Path temporary = objects.resolve(object + ".writing");
            Files.copy(file, temporary, StandardCopyOption.REPLACE_EXISTING);
            sync(temporary);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        return new StoredFile(lane, name, object, Files.size(file), crc);
    }

    /**
     * Removes what snapshots left behind that were cut but never uploaded. For the one learner that writes here, before
     * it cuts its first: until then {@link #expire} keeps every object, since an upload might be under way.
     */
    public void removeAbandonedCuts() {
        try (Stream<Path> entries = Files.list(root)) {
            for (Path cut : entries.filter(path -> path.getFileName().toString().startsWith("cut-"))
                    .toList()) {
                delete(cut);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("abandoned snapshots cannot be removed from " + root, e);
        }
    }

    /** Makes an uploaded snapshot one that others may use; does nothing if it is committed already. */
    public void commit(String id) {
        try {
            if (!Files.exists(root.resolve(id + COMMITTED))) {
                Files.move(root.resolve(id + PENDING), root.resolve(id + COMMITTED), StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("snapshot " + id + " could not be committed in " + root, e);
        }
    }

    /** Forgets a snapshot that will not be committed. */
    public void abort(String id) {
        try {
            Files.deleteIfExists(root.resolve(id + PENDING));
        } catch (IOException e) {
            throw new UncheckedIOException("snapshot " + id + " could not be dropped from " + root, e);
        }
    }

    /** All committed snapshots, oldest tick first. */
    public List<Manifest> list() {
        List<Manifest> all = new ArrayList<>();
        try {
            for (Path file : list(root)) {
                if (file.toString().endsWith(COMMITTED)) {
                    all.add(read(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the snapshot repository " + root, e);
        }
        all.sort(Comparator.comparingLong(Manifest::tick).thenComparing(Manifest::id));
        return all;
    }

    /** The committed snapshot of the highest tick. */
    public Optional<Manifest> latest() {
        List<Manifest> all = list();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
    }

    /**
     * A snapshot by name, committed or still pending (the commit's notification may have been lost).
     *
     * @throws IllegalStateException if there is none
     */
    public Manifest load(String id) {
        for (String suffix : List.of(COMMITTED, PENDING)) {
            if (Files.exists(root.resolve(id + suffix))) {
                return read(root.resolve(id + suffix));
            }
        }
        throw new IllegalStateException("there is no snapshot " + id + " in " + root);
    }

    private Manifest read(Path file) {
        try {
            Manifest manifest = json.readValue(file.toFile(), Manifest.class);
            if (manifest.format() != Manifest.FORMAT) {
                throw new IllegalStateException("manifest " + file + " has format " + manifest.format()
                        + ", this release reads " + Manifest.FORMAT);
            }
            return manifest;
        } catch (IOException e) {
            throw new UncheckedIOException("manifest " + file + " cannot be read", e);
        }
    }

    /**
     * Puts a snapshot's files in place, each checked against its size and checksum.
     *
     * @param directory a store directory to be; must not exist or be empty
     * @throws IllegalStateException naming the file that is missing or damaged; nothing is opened then
     */
    public void restore(Manifest manifest, Path directory) {
        requireEmpty(directory);
        try {
            copy(manifest, directory);
        } catch (IOException e) {
            discard(directory);
            throw new UncheckedIOException("snapshot " + manifest.id() + " cannot be restored to " + directory, e);
        } catch (IllegalStateException e) {
            discard(directory);
            throw e;
        }
    }

    /** What is already there is never overwritten, nor removed if the restore fails. */
    private static void requireEmpty(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.list(directory)) {
            if (files.findAny().isPresent()) {
                throw new IllegalStateException(
                        "directory " + directory + " is not empty; a snapshot is restored into a new one");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + directory, e);
        }
    }

    /** What was restored in part is no store: it does not stay. */
    private static void discard(Path directory) {
        try {
            if (Files.isDirectory(directory)) {
                delete(directory);
            }
        } catch (IOException e) {
            org.slf4j.LoggerFactory.getLogger(SnapshotRepository.class)
                    .warn("the half-restored directory {} could not be removed", directory, e);
        }
    }

    private void copy(Manifest manifest, Path directory) throws IOException {
        for (StoredFile file : manifest.files()) {
            Path source = objects.resolve(file.object());
            Path lane = RocksStore.laneDirectory(directory, file.lane());
            Files.createDirectories(lane);
            Path target = lane.resolve(file.name());
            try {
                Files.copy(source, target);
            } catch (NoSuchFileException e) {
                throw new IllegalStateException(
                        "snapshot " + manifest.id() + " lacks file " + source + "; choose another snapshot", e);
            }
            if (Files.size(target) != file.bytes() || checksum(target) != file.crc32c()) {
                throw new IllegalStateException("snapshot " + manifest.id() + ": file " + source
                        + " is damaged (size or checksum differs from the manifest); choose another snapshot");
            }
        }
        Files.writeString(directory.resolve("STORE"), "freshet-store 2 " + manifest.layout() + "\n");
    }

    /** Names that keep snapshots from expiring. */
    public SnapshotTags tags() {
        return tags;
    }

    /** What is wrong with a snapshot's files: missing, of another size, or of another checksum; empty if nothing is. */
    public List<String> verify(Manifest manifest) {
        List<String> problems = new ArrayList<>();
        for (StoredFile file : manifest.files()) {
            Path object = objects.resolve(file.object());
            try {
                if (!Files.exists(object)) {
                    problems.add(object + " is missing");
                } else if (Files.size(object) != file.bytes()) {
                    problems.add(object + " has " + Files.size(object) + " bytes, the manifest says " + file.bytes());
                } else if (checksum(object) != file.crc32c()) {
                    problems.add(object + " has another checksum than the manifest says");
                }
            } catch (IOException e) {
                problems.add(object + " cannot be read: " + e.getMessage());
            }
        }
        return problems;
    }

    /** Removes all but the newest {@code keep} committed snapshots and the tagged ones, and objects that none needs. */
    public void expire(int keep) {
        List<Manifest> all = list();
        try {
            Set<String> tagged = new HashSet<>(tags.all().values());
            for (Manifest old : all.subList(0, Math.max(0, all.size() - keep))) {
                if (!tagged.contains(old.id())) {
                    Files.deleteIfExists(root.resolve(old.id() + COMMITTED));
                }
            }
            Set<String> needed = new HashSet<>();
            for (Path file : list(root)) {
                if (file.toString().endsWith(COMMITTED) || file.toString().endsWith(PENDING)) {
                    read(file).files().forEach(f -> needed.add(f.object()));
                }
            }
            boolean uploading;
            try (Stream<Path> cuts = Files.list(root)) {
                uploading = cuts.anyMatch(path -> path.getFileName().toString().startsWith("cut-"));
            }
            for (Path object : list(objects)) {
                if (!uploading && !needed.contains(object.getFileName().toString())) {
                    Files.deleteIfExists(object);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("old snapshots cannot be removed from " + root, e);
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static long checksum(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                crc.update(buffer, 0, n);
            }
        }
        return crc.getValue();
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
