package io.freshet.job.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.HistoryAppend;
import io.freshet.store.Interaction;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.Manifest.StoredFile;
import io.freshet.store.snapshot.Retention;
import io.freshet.store.snapshot.SnapshotFiles;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a repository does on every file system. */
abstract class RepositoryContract {
    private static final StoreLayout LAYOUT = new StoreLayout(2, 16, 2, 4);

    @TempDir
    private Path directory;

    private long tick;

    /** Files below a root that nothing was written to yet. */
    abstract SnapshotFiles files(String name);

    private RocksStore store(String name, LaneRange held) {
        return RocksStore.open(directory.resolve(name), LAYOUT, held, StoreOptions.learner());
    }

    private void learn(List<RocksStore> learners) {
        for (int n = 0; n < 5; n++) {
            tick++;
            List<LaneChanges> lanes = new ArrayList<>();
            for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
                LaneChanges changes = LaneChanges.empty(lane);
                long user = tick;
                while (LAYOUT.laneOf(user) != lane) {
                    user += 1000;
                }
                Interaction one = new Interaction(tick, (byte) 1, tick, 1, tick);
                changes.histories().add(new HistoryAppend(user, "user-" + user, List.of(one)));
                lanes.add(changes);
            }
            TickChanges changes = new TickChanges(tick, Map.of(0, tick), lanes);
            learners.forEach(learner -> learner.apply(changes));
        }
    }

    private void upload(SnapshotRepository repository, RocksStore learner, String id) {
        repository
                .prepare(learner, directory.resolve("cuts"), id, Map.of("model", "m"), Map.of(0, 3L))
                .upload();
    }

    private static Set<String> objects(Manifest... manifests) {
        Set<String> all = new HashSet<>();
        for (Manifest manifest : manifests) {
            manifest.files().forEach(file -> all.add(file.object()));
        }
        return all;
    }

    @Test
    void namesThatLeaveTheRootAreRefused() throws IOException {
        SnapshotFiles files = files("names");
        for (String name : List.of("../x", "objects/../../x", "objects/..", "/x", "objects/../x")) {
            assertThatThrownBy(() -> files.open(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> files.size(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> files.delete(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> files.publish(name, InputStream.nullInputStream()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void snapshotsOfTwoLearnersAreCutUploadedCommittedRestoredAndExpire() throws IOException {
        SnapshotFiles files = files("life");
        SnapshotRepository repository = new SnapshotRepository(files);
        assertThat(repository.exists()).isFalse();
        assertThat(repository.list()).isEmpty();
        assertThat(repository.nextIncarnation()).isEqualTo(1);
        assertThat(repository.nextIncarnation()).isEqualTo(2);
        assertThat(repository.lastIncarnation()).isEqualTo(2);
        try (RocksStore a = store("a", new LaneRange(0, 1));
                RocksStore b = store("b", new LaneRange(1, 2))) {
            List<RocksStore> learners = List.of(a, b);
            for (String id : List.of("one", "two", "three")) {
                learn(learners);
                upload(repository, a, id);
                assertThatThrownBy(() -> repository.commit(id))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("lacks lane 1");
                upload(repository, b, id);
                repository.commit(id);
                repository.commit(id);
            }
            Manifest one = repository.load("one");
            Manifest three = repository.latest().orElseThrow();
            assertThat(three.id()).isEqualTo("three");
            assertThat(objects(one)).containsAnyElementsOf(objects(repository.load("two")));
            repository.tags().set("first", repository.load("two"));
            repository.tags().set("first", one);
            repository.expire(1);
            assertThat(repository.list()).extracting(Manifest::id).containsExactly("one", "three");
            assertThat(files.list("objects")).containsExactlyInAnyOrderElementsOf(objects(one, three));
            assertThat(files.list("pending")).isEmpty();
            assertThat(files.list("uploads")).isEmpty();
            assertThat(files.list("unfinished")).isEmpty();

            LaneRange second = new LaneRange(1, 2);
            repository.restore(three, directory.resolve("restored"), second);
            try (RocksStore restored = store("restored", second)) {
                assertThat(restored.stateDigest()).isEqualTo(b.stateDigest());
                assertThat(restored.digests()).isDeepEqualTo(b.digests());
            }
            assertThat(repository.verify(three)).isEmpty();

            assertThat(repository.tags().remove("first")).isTrue();
            repository.expire(new Retention(5, 0), one.createdMillis() + 1_000_000);
            assertThat(repository.list()).extracting(Manifest::id).containsExactly("three");
            assertThat(files.list("objects")).containsExactlyInAnyOrderElementsOf(objects(three));
        }
    }

    @Test
    void aDamagedAndAMissingFileAreRefusedByName() throws IOException {
        SnapshotFiles files = files("damage");
        SnapshotRepository repository = new SnapshotRepository(files);
        try (RocksStore store = store("all", LaneRange.all(LAYOUT))) {
            learn(List.of(store));
            upload(repository, store, "one");
            repository.commit("one");
        }
        Manifest manifest = repository.load("one");
        StoredFile file = manifest.files().stream()
                .filter(one -> one.lane() == 1 && one.name().endsWith(".sst"))
                .findFirst()
                .orElseThrow();
        String object = "objects/" + file.object();
        byte[] bytes;
        try (InputStream in = files.open(object)) {
            bytes = in.readAllBytes();
        }
        bytes[bytes.length / 2] ^= 1;
        files.publish(object, new ByteArrayInputStream(bytes));
        assertThatThrownBy(() -> repository.restore(manifest, directory.resolve("damaged")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(file.object())
                .hasMessageContaining("damaged");
        assertThat(repository.verify(manifest)).hasSize(1);
        assertThat(files.delete(object)).isTrue();
        assertThat(files.delete(object)).isFalse();
        assertThatThrownBy(() -> repository.restore(manifest, directory.resolve("missing")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(file.object())
                .hasMessageContaining("lacks");
        repository.restore(manifest, directory.resolve("other lane"), new LaneRange(0, 1));
        assertThat(repository.verify(manifest)).singleElement().asString().contains(file.object(), "missing");
    }

    @Test
    void aRolledBackSnapshotIsSetAside() {
        SnapshotRepository repository = new SnapshotRepository(files("rollback"));
        repository.nextIncarnation();
        try (RocksStore store = store("rolled", LaneRange.all(LAYOUT))) {
            for (String id : List.of("one", "two", "three")) {
                learn(List.of(store));
                upload(repository, store, id);
                if (!id.equals("three")) {
                    repository.commit(id);
                }
            }
        }
        Manifest one = repository.load("one");
        assertThat(repository.rollbacks().begin(one)).extracting(Manifest::id).containsExactly("two");
        assertThat(repository.rollbacks().begin(one)).isEmpty();
        assertThat(repository.rollbacks().pending().orElseThrow().snapshot()).isEqualTo("one");
        assertThat(repository.rollbacks().pending().orElseThrow().lastIncarnation())
                .isEqualTo(1);
        assertThat(repository.latest().orElseThrow()).isEqualTo(one);
        assertThatThrownBy(() -> repository.load("three")).hasMessageContaining("no snapshot three");
        repository.expire(1);
        assertThat(repository.verify(repository.load("two"))).isEmpty();
        assertThatThrownBy(() -> repository.commit("two")).isInstanceOf(IllegalStateException.class);
        repository.rollbacks().complete();
        repository.expire(1);
        assertThatThrownBy(() -> repository.load("two")).hasMessageContaining("no snapshot two");
        assertThat(repository.verify(one)).isEmpty();
    }
}
