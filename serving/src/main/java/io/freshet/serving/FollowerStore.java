package io.freshet.serving;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.model.ModelConfig;
import io.freshet.store.StoreLayout;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private FollowerStore(Path directory, RocksStore store, Origin origin) {
        this.directory = directory;
        this.store = store;
        this.origin = origin;
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
                return Optional.of(new FollowerStore(directory, store, origin));
            } catch (IOException | IllegalStateException e) {
                LOG.warn("{} cannot be used again, a snapshot replaces it: {}", directory, e.getMessage());
            }
        }
        return Optional.empty();
    }

    /** Restores the newest committed snapshot as a new generation; empty if there is none. */
    static Optional<FollowerStore> bootstrap(Path repository, Path root) throws IOException {
        if (!Files.isDirectory(repository)) {
            return Optional.empty();
        }
        SnapshotRepository snapshots = new SnapshotRepository(repository);
        Optional<Manifest> latest = snapshots.latest();
        if (latest.isEmpty()) {
            return Optional.empty();
        }
        Files.createDirectories(root);
        List<Path> before = generations(root);
        long number = before.isEmpty() ? 1 : numberOf(before.get(before.size() - 1)) + 1;
        Path directory = Files.createDirectory(root.resolve(String.format(Locale.ROOT, "generation-%06d", number)));
        Manifest manifest = latest.get();
        snapshots.restore(manifest, directory.resolve("store"));
        long feedOffset = manifest.feedOffsets().getOrDefault(0, 0L);
        Origin origin = new Origin(manifest.id(), manifest.layout(), manifest.properties(), feedOffset);
        RocksStore store = RocksStore.open(directory.resolve("store"), manifest.layout(), StoreOptions.follower());
        JSON.writeValue(directory.resolve("origin.json").toFile(), origin);
        return Optional.of(new FollowerStore(directory, store, origin));
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
                try (Stream<Path> files = Files.walk(other)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        }
    }

    RocksStore store() {
        return store;
    }

    ModelConfig model() {
        return ModelConfig.fromProperties(origin.properties());
    }

    long incarnation() {
        return Long.parseLong(origin.properties().getOrDefault("incarnation", "0"));
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
