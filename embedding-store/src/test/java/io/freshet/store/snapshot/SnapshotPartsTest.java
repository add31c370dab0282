package io.freshet.store.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.LaneRange;
import io.freshet.store.RandomTicks;
import io.freshet.store.TickChanges;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots whose lanes several learners upload. */
class SnapshotPartsTest {
    private static final LaneRange ALL = LaneRange.all(RandomTicks.LAYOUT);

    @TempDir
    private Path directory;

    private final RandomTicks ticks = new RandomTicks(31);
    private final List<RocksStore> learners = new ArrayList<>();
    private SnapshotRepository repository;
    private RocksStore whole;

    @BeforeEach
    void open() {
        repository = new SnapshotRepository(directory.resolve("repository"));
        whole = store("whole", ALL);
        learners.add(store("a", new LaneRange(0, 1)));
        learners.add(store("b", new LaneRange(1, 4)));
    }

    @AfterEach
    void close() {
        whole.close();
        learners.forEach(RocksStore::close);
    }

    private RocksStore store(String name, LaneRange held) {
        return RocksStore.open(directory.resolve(name), RandomTicks.LAYOUT, held, StoreOptions.learner());
    }

    private void learn() {
        for (int i = 0; i < 10; i++) {
            TickChanges changes = ticks.next();
            whole.apply(changes);
            learners.forEach(learner -> learner.apply(changes));
        }
    }

    private PendingSnapshot cut(int learner, String id) {
        Map<Integer, Long> feed = learner == 0 ? Map.of(0, 9L) : Map.of();
        return repository.prepare(
                learners.get(learner), directory.resolve("cuts"), id, Map.of("by", "learner-" + learner), feed);
    }

    private void take(String id) {
        learn();
        cut(0, id).upload();
        cut(1, id).upload();
    }

    private Set<String> objects() throws IOException {
        try (var files = Files.list(directory.resolve("repository/objects"))) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static Set<String> objects(Manifest manifest) {
        return manifest.files().stream().map(StoredFile::object).collect(Collectors.toSet());
    }

    private List<String> pending() throws IOException {
        return new LocalSnapshotFiles(directory.resolve("repository")).list("pending");
    }

    @Test
    void partsOfAllLanesMakeOneSnapshotThatAnyLanesAreRestoredFrom() throws IOException {
        take("one");
        Manifest lost = repository.load("one");
        assertThat(repository.list()).isEmpty();
        repository.commit("one");
        repository.commit("one");
        Manifest manifest = repository.latest().orElseThrow();
        assertThat(manifest).isEqualTo(lost);
        assertThat(pending()).isEmpty();
        assertThat(manifest.digests())
                .containsExactlyElementsOf(Arrays.stream(whole.digests())
                        .map(HexFormat.of()::formatHex)
                        .toList());
        assertThat(manifest.feedOffsets()).isEqualTo(Map.of(0, 9L));
        assertThat(manifest.properties()).isEqualTo(Map.of("by", "learner-0"));
        for (LaneRange lanes : List.of(ALL, new LaneRange(0, 2), new LaneRange(2, 4), new LaneRange(3, 4))) {
            Path target = directory.resolve("restored " + lanes);
            repository.restore(manifest, target, lanes);
            try (RocksStore restored = RocksStore.open(target, RandomTicks.LAYOUT, lanes, StoreOptions.learner())) {
                assertThat(restored.tick()).isEqualTo(whole.tick());
                assertThat(restored.frontier()).isEqualTo(whole.frontier());
                for (int lane = lanes.from(); lane < lanes.to(); lane++) {
                    assertThat(restored.digests()[lane]).isEqualTo(whole.digests()[lane]);
                }
                if (lanes.equals(ALL)) {
                    assertThat(restored.stateDigest()).isEqualTo(whole.stateDigest());
                }
            }
        }
    }

    @Test
    void aMissingLaneIsRefusedByName() {
        learn();
        cut(1, "one").upload();
        assertThatThrownBy(() -> repository.commit("one"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("snapshot one")
                .hasMessageContaining("lacks lane 0");
        assertThatThrownBy(() -> repository.load("one")).hasMessageContaining("lacks lane 0");
        cut(0, "two").upload();
        assertThatThrownBy(() -> repository.commit("two")).hasMessageContaining("lacks lane 1");
        assertThatThrownBy(() -> repository.commit("three")).hasMessageContaining("no snapshot three");
        assertThat(repository.list()).isEmpty();
    }

    @Test
    void partsOfAnotherTickOrWithALaneTwiceAreRefused() {
        learn();
        cut(0, "one").upload();
        learners.get(1).apply(ticks.next());
        cut(1, "one").upload();
        assertThatThrownBy(() -> repository.commit("one"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lanes 1 to 3 at tick " + learners.get(1).tick())
                .hasMessageContaining("lane 0 at tick " + whole.tick());
        try (RocksStore third = store("third", new LaneRange(1, 2))) {
            repository
                    .prepare(third, directory.resolve("cuts"), "one", Map.of(), Map.of())
                    .upload();
            assertThatThrownBy(() -> repository.commit("one")).hasMessageContaining("twice");
        }
    }

    @Test
    void tableFilesAreSharedWithTheCommittedSnapshotOnly() {
        take("one");
        take("two");
        assertThat(objects(repository.load("two"))).doesNotContainAnyElementsOf(objects(repository.load("one")));
        repository.commit("one");
        take("three");
        assertThat(objects(repository.load("three"))).containsAnyElementsOf(objects(repository.load("one")));
    }

    private static void uploadThrough(SnapshotRepository repository, PendingSnapshot cut) {
        new PendingSnapshot(repository, cut.files, cut.draft, cut.lanes, cut.opening).upload();
    }

    @Test
    void whatALearnerUploadsStaysWhenAnotherSweeps() throws IOException {
        SnapshotFiles local = new LocalSnapshotFiles(directory.resolve("repository"));
        SnapshotRepository interrupted = new SnapshotRepository(new SweptAfterEveryCall(local));
        learn();
        cut(0, "one").upload();
        uploadThrough(interrupted, cut(1, "one"));
        repository.commit("one");
        learn();
        cut(0, "two").upload();
        uploadThrough(interrupted, cut(1, "two"));
        assertThat(objects(repository.load("two"))).containsAnyElementsOf(objects(repository.load("one")));
        repository.commit("two");
        repository.expire(1);
        Manifest two = repository.latest().orElseThrow();
        assertThat(two.id()).isEqualTo("two");
        assertThat(repository.verify(two)).isEmpty();
        assertThat(objects()).isEqualTo(objects(two));
        assertThat(local.list("uploads")).isEmpty();
    }

    @Test
    void partsThatNobodyCommittedGoWhenTheirTickIsOutOfReach() throws IOException {
        take("lost");
        take("one");
        repository.commit("one");
        repository.expire(1);
        assertThat(pending()).isEmpty();
        take("next");
        repository.expire(1);
        assertThat(pending()).containsExactly("next.0-1.json", "next.1-4.json");
        repository.abort("next");
        assertThat(pending()).isEmpty();
        repository.expire(1);
        assertThat(objects()).isEqualTo(objects(repository.load("one")));
    }

    @Test
    void partsOfTheSnapshotAtTheEndStayWhenTheCheckpointOfThatTickIsCommittedLate() throws IOException {
        learn();
        cut(0, "checkpoint-7").upload();
        cut(1, "checkpoint-7").upload();
        cut(1, "checkpoint-0-end").upload();
        repository.commit("checkpoint-7");
        repository.expire(1);
        cut(0, "checkpoint-0-end").upload();
        repository.commit("checkpoint-0-end");
        assertThat(repository.names()).containsExactlyInAnyOrder("checkpoint-7", "checkpoint-0-end");
    }

    private void upload(int learner, String id, long incarnation, boolean savepoint) {
        Map<String, String> properties = Map.of(
                Manifest.SAVEPOINT, Boolean.toString(savepoint), Manifest.INCARNATION, Long.toString(incarnation));
        repository
                .prepare(learners.get(learner), directory.resolve("cuts"), id, properties, Map.of())
                .upload();
    }

    private void checkpoint(String id, long incarnation) {
        learn();
        upload(0, id, incarnation, false);
        upload(1, id, incarnation, false);
        repository.commit(id);
    }

    @Test
    void aSavepointThatNobodyIsToldOfStaysAndIsTaggedWithTheNextCommit() throws IOException {
        learn();
        upload(0, "saved", 1, true);
        upload(1, "saved", 1, true);
        for (int later = 1; later <= 3; later++) {
            checkpoint("later-" + later, 1);
            repository.expire(1);
        }
        assertThat(repository.verify(repository.load("saved"))).isEmpty();
        learn();
        upload(0, "newer", 1, true);
        upload(1, "newer", 1, true);
        repository.commitSavepointsBefore("later-3");
        assertThat(repository.tags().all()).isEqualTo(Map.of("savepoint-saved", "saved"));
        assertThat(pending()).containsExactly("newer.0-1.json", "newer.1-4.json");
        repository.expire(1);
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("saved", "later-3");
        assertThat(repository.verify(repository.load("saved"))).isEmpty();
        // It was not completed after all.
        repository.abort("saved");
        repository.expire(1);
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("later-3");
        repository.rollbacks().begin(repository.load("later-3"));
        assertThat(repository.tags().all()).isEqualTo(Map.of("savepoint-newer", "newer"));
        assertThat(repository.verify(repository.load("newer"))).isEmpty();
    }

    @Test
    void aSavepointWithoutAllItsPartsGoesWhenItsLearnersAreNoMore() throws IOException {
        learn();
        upload(1, "saved", 1, true);
        checkpoint("one", 1);
        repository.commitSavepointsBefore("one");
        repository.expire(1);
        assertThat(pending()).containsExactly("saved.1-4.json");
        checkpoint("two", 2);
        repository.commitSavepointsBefore("two");
        repository.expire(1);
        assertThat(pending()).isEmpty();
        assertThat(repository.tags().all()).isEmpty();
    }

    @Test
    void partsThatOutliveTheirCommitGoWithWhatExpires() throws IOException {
        take("one");
        byte[] part = Files.readAllBytes(directory.resolve("repository/pending/one.0-1.json"));
        assertThat(repository.commit("one")).isTrue();
        Files.write(directory.resolve("repository/pending/one.0-1.json"), part);
        repository.expire(1);
        assertThat(pending()).isEmpty();
        assertThat(repository.load("one").id()).isEqualTo("one");
    }

    @Test
    void aManifestThatCannotBeReadConcernsNoUpload() throws IOException {
        Files.createDirectories(directory.resolve("repository"));
        Files.writeString(directory.resolve("repository/of-another-release.json"), "{\"format\":1}");
        Files.writeString(directory.resolve("repository/a note.json"), "not ours");
        take("one");
        repository.commit("one");
        take("two");
        repository.commit("two");
        assertThat(objects(repository.load("two"))).containsAnyElementsOf(objects(repository.load("one")));
        assertThat(repository.names()).containsExactly("of-another-release", "one", "two");
        assertThatThrownBy(() -> repository.expire(1)).hasMessageContaining("of-another-release.json");
        Files.writeString(directory.resolve("repository/two.json"), "damaged");
        take("three");
        assertThat(repository.load("three").tick()).isEqualTo(whole.tick());
    }

    @Test
    void noCutStaysWhateverBecomesOfItsUpload() throws IOException {
        learn();
        PendingSnapshot dropped = cut(0, "dropped");
        dropped.discard();
        dropped.discard();
        assertThatThrownBy(dropped::upload).hasMessageContaining("snapshot dropped was uploaded or discarded before");
        PendingSnapshot done = cut(0, "done");
        done.upload();
        done.discard();
        PendingSnapshot cut = cut(0, "lost");
        SnapshotRepository gone = new SnapshotRepository(new Unreachable());
        PendingSnapshot lost = new PendingSnapshot(gone, cut.files, cut.draft, cut.lanes, cut.opening);
        assertThatThrownBy(lost::upload).hasMessageContaining("lost could not be stored");
        assertThat(directory.resolve("cuts")).isEmptyDirectory();
    }

    /** Files that nobody can reach. */
    private static final class Unreachable implements SnapshotFiles {
        private static IOException refused() {
            return new IOException("no route to host");
        }

        @Override
        public List<String> list(String name) throws IOException {
            throw refused();
        }

        @Override
        public InputStream open(String name) throws IOException {
            throw refused();
        }

        @Override
        public OptionalLong size(String name) throws IOException {
            throw refused();
        }

        @Override
        public void publish(String name, InputStream content) throws IOException {
            throw refused();
        }

        @Override
        public boolean claim(String name) throws IOException {
            throw refused();
        }

        @Override
        public boolean delete(String name) throws IOException {
            throw refused();
        }

        @Override
        public String address() {
            return "nowhere";
        }
    }

    /** Files of an uploading learner, between any two of whose calls the one that leads expires and sweeps. */
    private final class SweptAfterEveryCall implements SnapshotFiles {
        private final SnapshotFiles local;

        SweptAfterEveryCall(SnapshotFiles local) {
            this.local = local;
        }

        private void sweep() {
            repository.expire(1);
        }

        @Override
        public List<String> list(String name) throws IOException {
            List<String> names = local.list(name);
            sweep();
            return names;
        }

        @Override
        public InputStream open(String name) throws IOException {
            sweep();
            return local.open(name);
        }

        @Override
        public OptionalLong size(String name) throws IOException {
            sweep();
            return local.size(name);
        }

        @Override
        public void publish(String name, InputStream content) throws IOException {
            local.publish(name, content);
            sweep();
        }

        @Override
        public boolean claim(String name) throws IOException {
            return local.claim(name);
        }

        @Override
        public boolean delete(String name) throws IOException {
            sweep();
            return local.delete(name);
        }

        @Override
        public String address() {
            return local.address();
        }
    }
}
