package io.freshet.store.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.RandomTicks;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotRepositoryTest {
    @TempDir
    private Path directory;

    private final RandomTicks ticks = new RandomTicks(21);
    private SnapshotRepository repository;
    private RocksStore store;

    @BeforeEach
    void open() {
        repository = new SnapshotRepository(directory.resolve("repository"));
        store = RocksStore.open(directory.resolve("store"), RandomTicks.LAYOUT, StoreOptions.learner());
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Manifest take(String id) {
        for (int i = 0; i < 10; i++) {
            store.apply(ticks.next());
        }
        return repository
                .prepare(store, directory.resolve("cuts"), id, Map.of("model", "m"), Map.of(0, 7L))
                .upload();
    }

    private Path object(StoredFile file) {
        return directory.resolve("repository").resolve("objects").resolve(file.object());
    }

    private Set<String> objects() throws IOException {
        try (var files = Files.list(directory.resolve("repository").resolve("objects"))) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static Set<String> objects(Manifest manifest) {
        return manifest.files().stream().map(StoredFile::object).collect(Collectors.toSet());
    }

    private static StoredFile table(Manifest manifest) {
        return manifest.files().stream()
                .filter(file -> file.name().endsWith(".sst"))
                .findFirst()
                .orElseThrow();
    }

    private void assertRestores(Manifest manifest, byte[] digest, String to) {
        Path target = directory.resolve(to);
        repository.restore(manifest, target);
        try (RocksStore restored = RocksStore.open(target, RandomTicks.LAYOUT, StoreOptions.learner())) {
            assertThat(restored.tick()).isEqualTo(manifest.tick());
            assertThat(restored.frontier()).isEqualTo(manifest.frontier());
            assertThat(restored.stateDigest()).isEqualTo(digest);
        }
    }

    @Test
    void restoresTheStateAsOfTheSnapshot() {
        take("one");
        byte[] digest = store.stateDigest();
        long tick = store.tick();
        byte[][] digests = store.digests();
        repository.commit("one");
        repository.commit("one");
        store.apply(ticks.next());

        Manifest manifest = repository.latest().orElseThrow();
        assertThat(manifest.tick()).isEqualTo(tick);
        assertThat(manifest.properties()).isEqualTo(Map.of("model", "m"));
        assertThat(manifest.feedOffsets()).isEqualTo(Map.of(0, 7L));
        assertRestores(manifest, digest, "restored");
        try (RocksStore restored =
                RocksStore.open(directory.resolve("restored"), RandomTicks.LAYOUT, StoreOptions.learner())) {
            assertThat(restored.digests()).isDeepEqualTo(digests);
        }
    }

    @Test
    void doesNotListWhatIsNotCommitted() {
        take("one");
        assertThat(repository.list()).isEmpty();
        assertThat(repository.load("one").id()).isEqualTo("one");
        repository.commit("one");
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("one");

        take("two");
        repository.abort("two");
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("one");
        assertThatThrownBy(() -> repository.load("two"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("two");
    }

    @Test
    void sharesTableFilesBetweenSnapshots() throws Exception {
        Manifest one = take("one");
        repository.commit("one");
        int before = objects().size();
        Manifest two = take("two");
        Set<String> shared = new HashSet<>(objects(one));
        shared.retainAll(objects(two));

        assertThat(before).isEqualTo(one.files().size());
        assertThat(shared).isNotEmpty().allMatch(name -> name.endsWith(".sst"));
        assertThat(objects().size() - before).isEqualTo(two.files().size() - shared.size());
    }

    @Test
    void refusesADamagedObject() throws Exception {
        Manifest manifest = take("one");
        StoredFile file = table(manifest);
        byte[] bytes = Files.readAllBytes(object(file));
        bytes[bytes.length / 2] ^= 1;
        Files.write(object(file), bytes);
        assertThatThrownBy(() -> repository.restore(manifest, directory.resolve("restored")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(file.object())
                .hasMessageContaining("damaged");
    }

    @Test
    void refusesAMissingObject() throws Exception {
        Manifest manifest = take("one");
        StoredFile file = table(manifest);
        Files.delete(object(file));
        assertThatThrownBy(() -> repository.restore(manifest, directory.resolve("restored")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(file.object())
                .hasMessageContaining("lacks");
    }

    @Test
    void aRefusedRestoreLeavesNothingAndADirectoryWithContentIsLeftAsItIs() throws IOException {
        take("one");
        repository.commit("one");
        Manifest manifest = repository.latest().orElseThrow();
        Path taken = Files.createDirectories(directory.resolve("taken"));
        Files.writeString(taken.resolve("mine"), "keep");
        assertThatThrownBy(() -> repository.restore(manifest, taken))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not empty");
        assertThat(Files.readString(taken.resolve("mine"))).isEqualTo("keep");
        String object = manifest.files().get(manifest.files().size() - 1).object();
        Files.delete(directory.resolve("repository").resolve("objects").resolve(object));
        Path fresh = directory.resolve("fresh");
        assertThatThrownBy(() -> repository.restore(manifest, fresh)).hasMessageContaining(object);
        assertThat(fresh).doesNotExist();
    }

    @Test
    void expiresAllButTheNewest() throws Exception {
        take("one");
        repository.commit("one");
        Manifest two = take("two");
        byte[] digest = store.stateDigest();
        repository.commit("two");
        repository.expire(1);

        assertThat(repository.list()).extracting(Manifest::id).containsExactly("two");
        assertThat(objects()).isEqualTo(objects(two));
        assertRestores(two, digest, "restored");
    }

    @Test
    void anAbandonedUploadHoldsObjectsBackOnlyUntilItIsRemoved() throws IOException {
        take("one");
        repository.commit("one");
        take("two");
        repository.commit("two");
        Files.createDirectories(directory.resolve("repository/uploads"));
        Files.createFile(directory.resolve("repository/uploads/three.0-4." + store.opening()));
        Set<String> before = objects();
        repository.expire(1);
        assertThat(objects()).isEqualTo(before);
        repository.removeAbandonedUploads();
        repository.expire(1);
        assertThat(objects()).isEqualTo(objects(repository.load("two")));
    }

    @Test
    void aTaggedSnapshotDoesNotExpire() throws IOException {
        Manifest first = take("a");
        repository.commit("a");
        take("b");
        repository.commit("b");
        take("c");
        repository.commit("c");
        repository.tags().set("release-1", first);
        repository.expire(1);
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("a", "c");
        assertThat(objects()).containsAll(objects(first));
        assertThat(repository.verify(first)).isEmpty();

        assertThat(repository.tags().remove("release-1")).isTrue();
        assertThat(repository.tags().remove("release-1")).isFalse();
        repository.expire(1);
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("c");
        assertThatThrownBy(() -> repository.tags().set("../escape", first))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void verifyNamesWhatIsMissingAndWhatIsDamaged() throws IOException {
        Manifest manifest = take("a");
        Path missing = object(manifest.files().get(0));
        Files.delete(missing);
        Path damaged = object(table(manifest));
        byte[] bytes = Files.readAllBytes(damaged);
        bytes[bytes.length / 2] ^= 1;
        Files.write(damaged, bytes);
        assertThat(repository.verify(manifest))
                .hasSize(2)
                .anySatisfy(problem -> assertThat(problem).contains(missing.toString(), "missing"))
                .anySatisfy(problem -> assertThat(problem).contains(damaged.toString(), "checksum"));
    }
}
