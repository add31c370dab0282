package io.freshet.serving;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.store.StoreLayout;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotFiles;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A follower's own RocksDB, with the write-ahead log on, and where it stands in the feed. The offset is written now and
 * then, and may be behind the state: ticks that come again are compared.
 */
final class FollowerStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FollowerStore.class);
    private static final String OFFSET = "follower.feed-offset";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Written last: a directory without it was not completed. */
    private record Origin(String snapshot, StoreLayout layout, Map<String, String> properties, long feedOffset) {}

    private final Path directory;
    private final RocksStore store;
    private final Origin origin;

    private final boolean restored;

    /** @param restored whether it stands exactly where its snapshot was cut */
    private FollowerStore(Path directory, RocksStore store, Origin origin, boolean restored) {
        this.directory = directory;
        this.store = store;
        this.origin = origin;
        this.restored = restored;
    }

    /** Opens the newest generation that an earlier process left, if it is whole. */
    static Optional<FollowerStore> reopen(Path root) throws IOException {
        List<Path> generations = generations(root);
        for (int i = generations.size() - 1; i >= 0; i--) {
            Path directory = generations.get(i);
            Path file = directory.resolve("origin.json");
            if (!Files.exists(file)) {
                continue;
            }
            try {
                Origin origin = JSON.readValue(file.toFile(), Origin.class);
                RocksStore store =
                        RocksStore.open(directory.resolve("store"), origin.layout(), StoreOptions.follower());
                return Optional.of(new FollowerStore(directory, store, origin, false));
            } catch (IOException | RuntimeException e) {
                LOG.warn("{} cannot be used again, a snapshot replaces it: {}", directory, e.getMessage());
            }
        }
        return Optional.empty();
    }

    /**
     * Restores the newest committed snapshot that is whole as a new generation; empty if none is committed.
     *
     * @throws IllegalStateException naming what is damaged, if no committed snapshot can be restored
     */
    static Optional<FollowerStore> bootstrap(SnapshotFiles repository, Path root) throws IOException {
        SnapshotRepository snapshots = new SnapshotRepository(repository);
        IllegalStateException damaged =
                new IllegalStateException("no snapshot in " + snapshots.address() + " can be restored");
        List<Manifest> newestFirst = committed(snapshots, damaged);
        for (Manifest manifest : newestFirst) {
            Files.createDirectories(root);
            List<Path> before = generations(root);
            long number = before.isEmpty() ? 1 : numberOf(before.get(before.size() - 1)) + 1;
            Path directory = Files.createDirectory(root.resolve(String.format(Locale.ROOT, "generation-%06d", number)));
            try {
                FollowerStore restored = restore(snapshots, manifest, directory);
                if (damaged.getSuppressed().length > 0) {
                    LOG.error("snapshot {} of tick {} is used instead of a newer one", manifest.id(), manifest.tick());
                }
                return Optional.of(restored);
            } catch (IllegalStateException e) {
                LOG.error("SNAPSHOT {} IS DAMAGED, an older one is tried: {}", manifest.id(), e.getMessage());
                damaged.addSuppressed(e);
                delete(directory);
            } catch (IOException | RuntimeException e) {
                delete(directory);
                throw e;
            }
        }
        if (damaged.getSuppressed().length > 0) {
            throw new IllegalStateException(
                    damaged.getMessage() + ": " + damaged.getSuppressed()[0].getMessage(), damaged);
        }
        return Optional.empty();
    }

    /** The committed snapshots whose manifests can be read, newest first; the others go to {@code damaged}. */
    private static List<Manifest> committed(SnapshotRepository snapshots, IllegalStateException damaged) {
        List<Manifest> all = new ArrayList<>();
        for (String id : snapshots.names()) {
            try {
                all.add(snapshots.load(id));
            } catch (IllegalStateException | UncheckedIOException e) {
                LOG.error("THE MANIFEST OF {} IS DAMAGED, other snapshots are tried: {}", id, e.getMessage());
                damaged.addSuppressed(e);
            }
        }
        all.sort(Manifest.BY_LINEAGE.reversed());
        return all;
    }

    private static FollowerStore restore(SnapshotRepository snapshots, Manifest manifest, Path directory)
            throws IOException {
        snapshots.restore(manifest, directory.resolve("store"));
        long feedOffset = manifest.feedOffsets().getOrDefault(0, 0L);
        Origin origin = new Origin(manifest.id(), manifest.layout(), manifest.properties(), feedOffset);
        RocksStore store = RocksStore.open(directory.resolve("store"), manifest.layout(), StoreOptions.follower());
        try {
            JSON.writeValue(directory.resolve("origin.json").toFile(), origin);
        } catch (IOException e) {
            store.close();
            throw e;
        }
        return new FollowerStore(directory, store, origin, true);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static List<Path> generations(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(root)) {
            return files.filter(file -> file.getFileName().toString().matches("generation-[0-9]{6,}"))
                    .sorted(Comparator.comparingLong(FollowerStore::numberOf))
                    .toList();
        }
    }

    private static long numberOf(Path generation) {
        String name = generation.getFileName().toString();
        return Long.parseLong(name.substring(name.indexOf('-') + 1));
    }

    /** Deletes all other generations; none of them may be open. */
    void removeOthers() throws IOException {
        for (Path other : generations(java.util.Objects.requireNonNull(directory.getParent()))) {
            if (!other.equals(directory)) {
                delete(other);
            }
        }
    }

    RocksStore store() {
        return store;
    }

    ModelConfig model() {
        return ModelConfig.fromProperties(origin.properties());
    }

    /**
     * Hashes of what the state's events named.
     *
     * @throws IllegalStateException if the snapshot does not say under which key
     */
    EntityIds ids() {
        String key = origin.properties().get("id-key");
        if (key == null) {
            throw new IllegalStateException("snapshot " + origin.snapshot()
                    + " does not say under which key its ids are" + " hashed; a snapshot of this release does");
        }
        return EntityIds.keyed(key);
    }

    long incarnation() {
        return Long.parseLong(origin.properties().getOrDefault("incarnation", "0"));
    }

    /**
     * Incarnation whose predecessors' frames are late where the feed is entered: the snapshot's after a restore. A
     * store that an earlier process left is not held to it: if the feed cannot be followed from there, a snapshot
     * replaces it.
     */
    long fence() {
        return restored ? incarnation() : -1;
    }

    String snapshot() {
        return origin.snapshot();
    }

    /** First offset of the feed to read. */
    long feedOffset() {
        byte[] saved = store.attribute(OFFSET);
        return saved == null ? origin.feedOffset() : ByteBuffer.wrap(saved).getLong();
    }

    void saveFeedOffset(long offset) {
        store.writeOwnState(
                Map.of(), Map.of(OFFSET, ByteBuffer.allocate(8).putLong(offset).array()));
    }

    @Override
    public void close() {
        store.close();
    }
}
