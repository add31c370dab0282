package io.freshet.store.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.Golden;
import io.freshet.store.LaneRange;
import io.freshet.store.RandomTicks;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which snapshot is the newest, whose repository it is, and where it may stand. */
class LineageTest {
    @TempDir
    private Path directory;

    private Path root;
    private SnapshotRepository repository;

    @BeforeEach
    void open() {
        root = directory.resolve("repository");
        repository = new SnapshotRepository(root);
    }

    private static InMemoryStore learned(long seed, int count) {
        RandomTicks ticks = new RandomTicks(seed);
        InMemoryStore store = new InMemoryStore(RandomTicks.LAYOUT);
        for (int n = 0; n < count; n++) {
            store.apply(ticks.next());
        }
        return store;
    }

    private Manifest upload(String id, long incarnation, int ticks) {
        Map<String, String> properties = Map.of(Manifest.INCARNATION, Long.toString(incarnation));
        return repository
                .prepare(learned(1, ticks), directory.resolve("cuts"), id, properties, Map.of())
                .upload();
    }

    private void take(String id, long incarnation, int ticks) {
        upload(id, incarnation, ticks);
        repository.commit(id);
    }

    @Test
    void aLineageThatBeginsAgainIsNewerThanAnyTickOfAnOlderOne() throws Exception {
        take("old-1", repository.nextIncarnation(), 50);
        take("old-2", 1, 60);
        upload("old-lost", 1, 61);
        long next = repository.nextIncarnation();
        assertThat(next).isEqualTo(2);
        take("new-1", next, 0);
        assertThat(repository.latest().orElseThrow().id()).isEqualTo("new-1");
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("old-1", "old-2", "new-1");
        take("new-2", next, 3);
        assertThat(repository.latest().orElseThrow().id()).isEqualTo("new-2");

        repository.expire(3);
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("old-2", "new-1", "new-2");
        take("new-3", next, 4);
        repository.expire(3);
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("new-1", "new-2", "new-3");
        assertThat(new LocalSnapshotFiles(root).list("pending")).isEmpty();
        repository
                .list()
                .forEach(manifest -> assertThat(repository.verify(manifest)).isEmpty());
    }

    @Test
    void aRollbackSetsLaterLineagesAsideWhateverTheirTicks() {
        take("one", 1, 50);
        take("two", 2, 3);
        upload("two-lost", 2, 4);
        assertThat(repository.rollbacks().begin(repository.load("one")))
                .extracting(Manifest::id)
                .containsExactly("two");
        assertThat(repository.latest().orElseThrow().id()).isEqualTo("one");
        assertThatThrownBy(() -> repository.load("two-lost")).hasMessageContaining("no snapshot two-lost");
        assertThat(repository.rollbacks().pending().orElseThrow().snapshot()).isEqualTo("one");
    }

    @Test
    void aPendingRollbackIsReadFromItsGoldenFileAndDamageIsRefused() throws Exception {
        Files.createDirectories(root);
        byte[] golden = Golden.file("rollback");
        Files.write(root.resolve("rollback"), golden);
        assertThat(repository.rollbacks().pending())
                .contains(new Rollbacks.Pending("learner-000001-checkpoint-000002", 3));
        for (int at = 0; at < golden.length; at++) {
            byte[] damaged = golden.clone();
            damaged[at] ^= 1;
            Files.write(root.resolve("rollback"), damaged);
            assertThatThrownBy(() -> repository.rollbacks().pending())
                    .as("byte %d", at)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("rollback");
        }
        Files.writeString(root.resolve("rollback"), "{\"snapshot\":\"a\",\"lastIncarnation\":1}");
        assertThatThrownBy(() -> repository.rollbacks().pending())
                .hasMessageContaining("freshet-rollback")
                .hasMessageContaining("begin the rollback again");
    }

    @Test
    void aRepositoryKeepsItsIdentityAndManifestsCarryIt() throws Exception {
        String identity = repository.identity();
        take("one", 1, 1);
        assertThat(repository.load("one").repository()).isEqualTo(identity);
        assertThat(new SnapshotRepository(root).identity()).isEqualTo(identity);
        SnapshotRepository other = new SnapshotRepository(directory.resolve("other"));
        assertThat(other.identity()).isNotEqualTo(identity);

        Files.write(root.resolve("REPOSITORY"), Golden.file("REPOSITORY"));
        assertThat(new SnapshotRepository(root).identity()).isEqualTo("0b0b0b0b-1111-2222-3333-444444444444");
        Files.writeString(root.resolve("REPOSITORY"), "");
        assertThatThrownBy(() -> new SnapshotRepository(root).identity()).hasMessageContaining("REPOSITORY");
    }

    @Test
    void aStrangeFileAmongTheIncarnationsIsNamed() throws Exception {
        repository.nextIncarnation();
        Files.createFile(root.resolve("incarnations/notes.txt"));
        assertThatThrownBy(() -> repository.nextIncarnation())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("notes.txt");
    }

    private Path link(String name) throws Exception {
        Path target = Files.createDirectories(directory.resolve("real-" + name));
        return Files.createSymbolicLink(directory.resolve(name), target);
    }

    @Test
    void everyDirectoryMayBeALink() throws Exception {
        SnapshotRepository linked = new SnapshotRepository(link("linked-repository"));
        Path state = link("state");
        Path cuts = link("linked-cuts");
        Path restored = link("restored");
        linked.nextIncarnation();
        RandomTicks ticks = new RandomTicks(3);
        byte[] digest;
        try (RocksStore store = RocksStore.open(state, RandomTicks.LAYOUT, StoreOptions.learner())) {
            store.apply(ticks.next());
            digest = store.stateDigest();
            linked.prepare(store, cuts, "one", Map.of(), Map.of()).upload();
        }
        linked.commit("one");
        Manifest one = linked.latest().orElseThrow();
        linked.restore(one, restored);
        try (RocksStore store = RocksStore.open(restored, RandomTicks.LAYOUT, StoreOptions.learner())) {
            assertThat(store.stateDigest()).isEqualTo(digest);
        }
        assertThat(directory.resolve("real-restored/STORE")).exists();
        assertThat(directory.resolve("real-linked-cuts")).isEmptyDirectory();
    }

    @Test
    void aRestoredStoreThatIsNotItsSnapshotsIsRefused() {
        take("one", 1, 5);
        Manifest one = repository.load("one");
        Path target = directory.resolve("target");
        var lanes = new ArrayList<>(one.lanes());
        Collections.swap(lanes, 1, 2);
        Manifest swapped = new Manifest(
                one.format(),
                one.repository(),
                one.id(),
                one.createdMillis(),
                one.tick(),
                one.frontier(),
                one.layout(),
                lanes,
                one.properties(),
                one.feedOffsets(),
                one.files());
        repository.restore(swapped, target);
        LaneRange all = LaneRange.all(RandomTicks.LAYOUT);
        assertThatThrownBy(() -> InMemoryStore.open(target, RandomTicks.LAYOUT, all, "x"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lane 1")
                .hasMessageContaining("its snapshot says");
    }
}
