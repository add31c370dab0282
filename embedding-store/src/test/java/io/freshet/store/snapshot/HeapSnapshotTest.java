package io.freshet.store.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.freshet.store.LaneRange;
import io.freshet.store.RandomTicks;
import io.freshet.store.TickChanges;
import io.freshet.store.directory.StoreDirectory;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The repository as it is, with stores on the heap, on a file system in memory. */
class HeapSnapshotTest {
    private static final LaneRange ALL = LaneRange.all(RandomTicks.LAYOUT);

    private final FileSystem memory = Jimfs.newFileSystem(Configuration.unix());
    private final Path root = memory.getPath("/work");
    private final RandomTicks ticks = new RandomTicks(41);
    private final List<InMemoryStore> learners = List.of(
            new InMemoryStore(RandomTicks.LAYOUT, new LaneRange(0, 1), "a"),
            new InMemoryStore(RandomTicks.LAYOUT, new LaneRange(1, 4), "b"));
    private final InMemoryStore whole = new InMemoryStore(RandomTicks.LAYOUT);
    private long now = 1000;
    private final SnapshotRepository repository =
            new SnapshotRepository(new LocalSnapshotFiles(root.resolve("repository")), () -> now);

    @AfterEach
    void close() throws IOException {
        memory.close();
    }

    private void learn(int count) {
        for (int i = 0; i < count; i++) {
            TickChanges changes = ticks.next();
            whole.apply(changes);
            learners.forEach(learner -> learner.apply(changes));
        }
    }

    private Manifest take(String id, int tickCount) {
        learn(tickCount);
        for (InMemoryStore learner : learners) {
            learner.writeOwnState(
                    learner.held().from(), Map.of("moments", new float[] {tickCount}), Map.of("id", id.getBytes()));
            repository
                    .prepare(learner, root.resolve("cuts"), id, Map.of("model", "m"), Map.of(0, 7L))
                    .upload();
        }
        repository.commit(id);
        return repository.load(id);
    }

    private Set<String> objects() throws IOException {
        try (var files = Files.list(root.resolve("repository/objects"))) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static List<String> names(Manifest manifest) {
        return manifest.files().stream().map(StoredFile::object).toList();
    }

    private InMemoryStore restored(Manifest manifest, LaneRange lanes, String to) {
        Path target = root.resolve(to);
        repository.restore(manifest, target, lanes);
        return InMemoryStore.open(target, RandomTicks.LAYOUT, lanes, to);
    }

    @Test
    void whatIsRestoredIsTheStateAsOfTheSnapshotAndGoesOnAsTheOriginal() {
        Manifest one = take("one", 20);
        assertThat(one.createdMillis()).isEqualTo(1000);
        assertThat(one.tick()).isEqualTo(whole.tick());
        InMemoryStore back = restored(one, ALL, "all");
        assertThat(back.stateDigest()).isEqualTo(whole.stateDigest());
        assertThat(back.digests()).isDeepEqualTo(whole.digests());
        assertThat(back.digestsAt(whole.tick())).isDeepEqualTo(whole.digestsAt(whole.tick()));
        assertThat(back.frontier()).isEqualTo(whole.frontier());
        assertThat(back.dense(1, "moments")).containsExactly(20);
        assertThat(back.attribute(0, "id")).isEqualTo("one".getBytes());
        TickChanges more = ticks.next();
        assertThat(back.apply(more).digests()).isDeepEqualTo(whole.apply(more).digests());
        assertThat(back.stateDigest()).isEqualTo(whole.stateDigest());
    }

    @Test
    void slotsComeBackToo() {
        Manifest one = take("one", 20);
        List<String> expected = new ArrayList<>();
        whole.forEachRow(change -> expected.add(change.row().item() + " " + change.optimizerState()));
        List<String> found = new ArrayList<>();
        restored(one, ALL, "all").forEachRow(change -> found.add(change.row().item() + " " + change.optimizerState()));
        assertThat(found).isNotEmpty().isEqualTo(expected);
    }

    @Test
    void otherLearnersTakeOverOtherLanes() {
        Manifest one = take("one", 20);
        for (LaneRange lanes : List.of(new LaneRange(0, 2), new LaneRange(2, 4))) {
            InMemoryStore some = restored(one, lanes, "from-" + lanes.from());
            for (int lane = lanes.from(); lane < lanes.to(); lane++) {
                assertThat(some.digests()[lane]).isEqualTo(whole.digests()[lane]);
            }
        }
    }

    @Test
    void tablesThatDidNotChangeAreSharedAndExpiredSnapshotsGoWithTheirs() throws IOException {
        Manifest one = take("one", 20);
        Manifest two = take("two", 0);
        assertThat(names(two)).containsAnyElementsOf(names(one));
        Manifest three = take("three", 1);
        assertThat(names(three)).isNotEqualTo(names(two));
        repository.expire(1);
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("three");
        assertThat(objects()).isEqualTo(Set.copyOf(names(three)));
        assertThat(repository.verify(three)).isEmpty();
        assertThat(restored(three, ALL, "all").stateDigest()).isEqualTo(whole.stateDigest());
        assertThat(root.resolve("cuts")).isEmptyDirectory();
    }

    @Test
    void snapshotsExpireByTheGivenClock() {
        take("one", 1);
        now += 10_000;
        take("two", 1);
        repository.expire(new Retention(2, 10_000), now);
        assertThat(repository.list()).hasSize(2);
        repository.expire(new Retention(2, 9_999), now);
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("two");
    }

    @Test
    void anyChangedOrMissingByteOfARestoredFileIsRefused() throws IOException {
        Manifest one = take("one", 3);
        restored(one, ALL, "all");
        Path lane = StoreDirectory.lane(root.resolve("all"), 2);
        List<Path> files;
        try (var all = Files.list(lane)) {
            files = all.toList();
        }
        assertThat(files).hasSizeGreaterThan(1);
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            for (int at = 0; at < bytes.length; at += 1 + bytes.length / 50) {
                byte[] damaged = bytes.clone();
                damaged[at] ^= (byte) (1 << at % 8);
                Files.write(file, damaged);
                assertThatThrownBy(() -> InMemoryStore.open(root.resolve("all"), RandomTicks.LAYOUT, ALL, "x"))
                        .as("byte %d of %s", at, file)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(file.getFileName().toString());
            }
            Files.write(file, bytes);
        }
        InMemoryStore.open(root.resolve("all"), RandomTicks.LAYOUT, ALL, "x");
    }

    @Test
    void aStoreOfOtherLanesIsRefused() {
        restored(take("one", 3), ALL, "all");
        assertThatThrownBy(() -> InMemoryStore.open(root.resolve("all"), RandomTicks.LAYOUT, new LaneRange(0, 2), "x"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lanes 0 to 1");
    }
}
