package io.freshet.serving.follower;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.store.StoreLayout;
import io.freshet.store.directory.LocalDirectory;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotFiles;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A follower's own RocksDB, with the write-ahead log on, in a <em>generation</em>: a directory of its own. */
final class FollowerStore implements FollowedState {
    private static final Logger LOG = LoggerFactory.getLogger(FollowerStore.class);
    private static final String OFFSET = "follower.feed-offset";
    private static final String TOPIC = "follower.feed-topic";
    private static final String LEARNED_AT = "follower.learned-at";
    private static final String REPOSITORY = "repository-id";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Written last: a directory without it was not completed. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Origin(
            String snapshot, StoreLayout layout, Map<String, String> properties, long feedOffset, long createdMillis) {}

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
     * @param spent name of a snapshot that is not restored, nor any older one; empty for none
     * @throws IllegalStateException naming what is damaged, if no committed snapshot can be restored
     */
    static Optional<FollowerStore> bootstrap(SnapshotFiles repository, Path root, String spent) throws IOException {
        SnapshotRepository snapshots = new SnapshotRepository(repository);
        IllegalStateException damaged =
                new IllegalStateException("no snapshot in " + snapshots.address() + " can be restored");
        List<Manifest> newestFirst = committed(snapshots, damaged);
        for (Manifest manifest : newestFirst) {
            if (manifest.id().equals(spent)) {
                return Optional.empty();
            }
            LocalDirectory.create(root);
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
        Map<String, String> properties = new TreeMap<>(manifest.properties());
        properties.put(REPOSITORY, manifest.repository());
        Origin origin = new Origin(manifest.id(), manifest.layout(), properties, feedOffset, manifest.createdMillis());
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
        LocalDirectory.delete(directory);
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

    @Override
    public void removeOthers() throws IOException {
        for (Path other : generations(Objects.requireNonNull(directory.getParent()))) {
            if (!other.equals(directory)) {
                delete(other);
            }
        }
    }

    @Override
    public RocksStore store() {
        return store;
    }

    @Override
    public ModelConfig model() {
        return ModelConfig.fromProperties(origin.properties());
    }

    @Override
    public EntityIds ids() {
        String key = origin.properties().get("id-key");
        if (key == null) {
            throw new IllegalStateException("snapshot " + origin.snapshot()
                    + " does not say under which key its ids are hashed; a snapshot of this release does");
        }
        return EntityIds.keyed(key);
    }

    @Override
    public RepositoryId repository() {
        return RepositoryId.of(origin.properties().getOrDefault(REPOSITORY, ""));
    }

    @Override
    public long incarnation() {
        return Long.parseLong(origin.properties().getOrDefault("incarnation", "0"));
    }

    @Override
    public long fence() {
        return restored ? incarnation() : -1;
    }

    @Override
    public String snapshot() {
        return origin.snapshot();
    }

    @Override
    public FeedMark mark() {
        byte[] offset = store.attribute(OFFSET);
        byte[] topic = store.attribute(TOPIC);
        byte[] learnedAt = store.attribute(LEARNED_AT);
        return new FeedMark(
                offset == null ? origin.feedOffset() : ByteBuffer.wrap(offset).getLong(),
                topic == null ? "" : new String(topic, StandardCharsets.UTF_8),
                learnedAt == null
                        ? origin.createdMillis()
                        : ByteBuffer.wrap(learnedAt).getLong());
    }

    @Override
    public void save(FeedMark mark) {
        store.writeOwnState(
                Map.of(),
                Map.of(
                        OFFSET,
                        ByteBuffer.allocate(8).putLong(mark.offset()).array(),
                        TOPIC,
                        mark.topic().getBytes(StandardCharsets.UTF_8),
                        LEARNED_AT,
                        ByteBuffer.allocate(8).putLong(mark.learnedAtMillis()).array()));
    }

    @Override
    public void close() {
        store.close();
    }
}
