package io.freshet.serving.follower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.serving.Walks;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.LocalSnapshotFiles;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FollowerStoreTest {
    @TempDir
    private Path directory;

    private RocksStore store;
    private Walks walks;
    private SnapshotRepository snapshots;
    private Path repository;
    private Path root;

    @BeforeEach
    void open() {
        repository = directory.resolve("repository");
        root = directory.resolve("follower");
        store = RocksStore.open(directory.resolve("learner"), Walks.LAYOUT, StoreOptions.learner());
        walks = new Walks(store);
        snapshots = new SnapshotRepository(repository);
    }

    @AfterEach
    void close() {
        walks.close();
        store.close();
    }

    private Manifest snapshot(String id, long feedOffset) {
        walks.ticks(3);
        Map<String, String> properties = new TreeMap<>(Walks.MODEL.toProperties());
        properties.put("incarnation", "5");
        Manifest manifest = snapshots
                .prepare(store, directory.resolve("cuts"), id, properties, Map.of(0, feedOffset))
                .upload();
        snapshots.commit(id);
        return manifest;
    }

    private Path damage(Manifest manifest) throws IOException {
        // Not shared with other snapshots: only table files are.
        Manifest.StoredFile file = manifest.files().stream()
                .filter(one -> one.name().startsWith("MANIFEST"))
                .findFirst()
                .orElseThrow();
        Path object = repository.resolve("objects").resolve(file.object());
        byte[] bytes = Files.readAllBytes(object);
        bytes[bytes.length / 2] ^= 1;
        Files.write(object, bytes);
        return object;
    }

    private FollowerStore bootstrap() throws IOException {
        return FollowerStore.bootstrap(new LocalSnapshotFiles(repository), root, "")
                .orElseThrow();
    }

    private List<String> files() throws IOException {
        try (var files = Files.list(root)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void withoutACommittedSnapshotThereIsNothingToFollow() throws IOException {
        assertThat(FollowerStore.bootstrap(new LocalSnapshotFiles(directory.resolve("none")), root, ""))
                .isEmpty();
        assertThat(FollowerStore.bootstrap(new LocalSnapshotFiles(repository), root, ""))
                .isEmpty();
        assertThat(FollowerStore.reopen(root)).isEmpty();
    }

    @Test
    void bootstrapHasTheSnapshotsStateAndReopenHasWhatWasSavedSince() throws IOException {
        snapshot("one", 17);
        try (FollowerStore own = bootstrap()) {
            assertThat(own.store().stateDigest()).isEqualTo(store.stateDigest());
            assertThat(own.model()).isEqualTo(Walks.MODEL);
            assertThat(own.incarnation()).isEqualTo(5);
            assertThat(own.fence()).isEqualTo(5);
            assertThat(own.mark().offset()).isEqualTo(17);
            own.store().apply(walks.tick().changes());
            own.save(new FollowedState.FeedMark(42, "topic-a", 1234));
        }
        try (FollowerStore own = FollowerStore.reopen(root).orElseThrow()) {
            assertThat(own.snapshot()).isEqualTo("one");
            assertThat(own.mark().offset()).isEqualTo(42);
            assertThat(own.fence()).isEqualTo(-1);
            assertThat(own.store().digests()).isDeepEqualTo(store.digests());
        }
    }

    @Test
    void aNewGenerationReplacesTheOldAndForeignFilesAreLeftAlone() throws IOException {
        Files.createDirectories(root.resolve("generation-mine"));
        Files.writeString(root.resolve("generation-mine").resolve("notes"), "keep");
        Files.writeString(root.resolve("diary"), "keep");
        snapshot("one", 1);
        bootstrap().close();
        snapshot("two", 2);
        try (FollowerStore own = bootstrap()) {
            assertThat(own.snapshot()).isEqualTo("two");
            assertThat(files()).containsExactly("diary", "generation-000001", "generation-000002", "generation-mine");
            own.removeOthers();
        }
        assertThat(files()).containsExactly("diary", "generation-000002", "generation-mine");
        assertThat(root.resolve("generation-mine").resolve("notes")).hasContent("keep");
    }

    @Test
    void aGenerationThatWasNotCompletedOrIsBrokenIsNotReopened() throws IOException {
        snapshot("one", 1);
        bootstrap().close();
        Files.createDirectories(root.resolve("generation-000002"));
        Files.createDirectories(root.resolve("generation-000003"));
        Files.writeString(root.resolve("generation-000003").resolve("origin.json"), "{");
        try (FollowerStore own = FollowerStore.reopen(root).orElseThrow()) {
            assertThat(own.snapshot()).isEqualTo("one");
        }
    }

    @Test
    void aDamagedSnapshotIsRefusedByNameAndLeavesNothingBehind() throws IOException {
        Path object = damage(snapshot("one", 1));
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> FollowerStore.bootstrap(new LocalSnapshotFiles(repository), root, ""))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("snapshot one")
                    .hasMessageContaining(object.toString());
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void theNextOlderSnapshotIsUsedIfTheNewestIsDamaged() throws IOException {
        snapshot("one", 1);
        byte[] digest = store.stateDigest();
        damage(snapshot("two", 2));
        snapshot("three", 3);
        Files.writeString(repository.resolve("three.json"), "{\"format\":");
        try (FollowerStore own = bootstrap()) {
            assertThat(own.snapshot()).isEqualTo("one");
            assertThat(own.mark().offset()).isEqualTo(1);
            assertThat(own.store().stateDigest()).isEqualTo(digest);
        }
    }
}
