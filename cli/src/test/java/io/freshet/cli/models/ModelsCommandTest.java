package io.freshet.cli.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelsCommandTest {
    private static final StoreLayout LAYOUT = new StoreLayout(1, 4, 2, 4);

    @TempDir
    private Path directory;

    private SnapshotRepository snapshots;

    @BeforeEach
    void threeSnapshots() {
        snapshots = new SnapshotRepository(directory.resolve("repository"));
        snapshots.nextIncarnation();
        try (RocksStore store = RocksStore.open(directory.resolve("store"), LAYOUT, StoreOptions.learner())) {
            for (int tick = 1; tick <= 3; tick++) {
                LaneChanges lane = LaneChanges.empty(0);
                for (int item = 0; item < tick; item++) {
                    float[] row = {item, item == 0 ? tick : 1};
                    lane.rows()
                            .add(new RowChange(
                                    new ItemRow(item, "item-" + item, item, 1, 1, tick, row),
                                    new OptimizerState(0, 0)));
                }
                store.apply(new TickChanges(tick, Map.of(0, tick * 10L), List.of(lane)));
                String id = "snapshot-" + tick;
                snapshots
                        .prepare(store, directory.resolve("cuts"), id, Map.of("tick", "" + tick), Map.of())
                        .upload();
                snapshots.commit(id);
            }
        }
    }

    /** Exit code and what was printed to both streams. */
    private record Ran(int code, String out) {}

    private Ran models(String... arguments) {
        return run(ModelsCommand.class, arguments);
    }

    private Ran run(Class<?> command, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add(1, "--repository=" + directory.resolve("repository"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = System.out;
        PrintStream err = System.err;
        try (PrintStream captured = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(captured);
            System.setErr(captured);
            CommandLine line = new CommandLine(command);
            line.setExecutionExceptionHandler((e, parsed, result) -> {
                System.out.println(e.getMessage());
                return 1;
            });
            int code = line.execute(all.toArray(new String[0]));
            return new Ran(code, bytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static JsonNode json(Ran ran) throws IOException {
        assertThat(ran.code()).as(ran.out()).isZero();
        return new ObjectMapper().readTree(ran.out());
    }

    @Test
    void lists() throws IOException {
        assertThat(models("tag", "best", "snapshot-2").code()).isZero();
        assertThat(models("ls").out()).contains("snapshot-1", "snapshot-2", "best", "snapshot-3");
        JsonNode all = json(models("ls", "-o", "json"));
        assertThat(all).hasSize(3);
        assertThat(all.get(1).get("snapshot").asText()).isEqualTo("snapshot-2");
        assertThat(all.get(1).get("tags").get(0).asText()).isEqualTo("best");
        assertThat(all.get(2).get("tick").asLong()).isEqualTo(3);
        assertThat(models("ls", "-o", "yaml").out()).contains("--output yaml");
        assertThat(models("untag", "best").code()).isZero();
        assertThat(models("untag", "best").out()).contains("there is no tag best");
    }

    @Test
    void showsAndCompares() throws IOException {
        assertThat(models("show").out()).contains("snapshot-3", "{0=30}", "tick = 3");
        assertThat(json(models("show", "snapshot-1", "-o", "json")).get("tick").asLong())
                .isEqualTo(1);
        assertThat(models("show", "snapshot-9").out()).contains("there is no snapshot snapshot-9");
        assertThat(models("diff", "snapshot-1").out())
                .contains("ticks 1 to 3", "lanes with the same digest: 0 of 1", "tick: 1 -> 3")
                .contains("items: 2 added, 0 removed, 1 with another row (mean distance 2.0000)");
        JsonNode found = json(models("diff", "snapshot-3", "snapshot-1", "-o", "json"));
        assertThat(found.get("removed").asLong()).isEqualTo(2);
        assertThat(found.get("meanDistance").asDouble()).isEqualTo(2);
    }

    @Test
    void aRollbackIsDoneOnlyWhenItIsConfirmed() {
        Ran dry = models("rollback", "snapshot-1", "--dry-run");
        assertThat(dry.code()).isZero();
        assertThat(dry.out()).contains("snapshot-1, tick 1", "set aside: snapshot-2", "set aside: snapshot-3");
        Ran unconfirmed = models("rollback", "snapshot-1");
        assertThat(unconfirmed.code()).isEqualTo(2);
        assertThat(unconfirmed.out()).contains("nothing was done");
        assertThat(snapshots.list()).hasSize(3);
        assertThat(snapshots.rollbacks().pending()).isEmpty();

        Ran done = models("rollback", "snapshot-1", "--yes");
        assertThat(done.code()).as(done.out()).isZero();
        assertThat(snapshots.list()).extracting(Manifest::id).containsExactly("snapshot-1");
        assertThat(snapshots.rollbacks().pending().orElseThrow().snapshot()).isEqualTo("snapshot-1");
        assertThat(models("show", "snapshot-3").out()).contains("tick         3");
        Ran again = models("rollback", "snapshot-3", "--yes");
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.out()).contains("not one of the committed snapshots");
    }

    @Test
    void verificationGoesOnBehindAManifestThatCannotBeRead() throws IOException {
        Files.writeString(directory.resolve("repository/snapshot-1.json"), "{");
        Ran verified = run(StoreCommand.class, "verify");
        assertThat(verified.code()).isEqualTo(1);
        assertThat(verified.out())
                .containsPattern("snapshot-1 +tick \\? +DAMAGED")
                .containsPattern("snapshot-2 +tick 2 +ok")
                .containsPattern("snapshot-3 +tick 3 +ok");
        for (int n = 1; n <= 3; n++) {
            Files.delete(directory.resolve("repository/snapshot-" + n + ".json"));
        }
        assertThat(run(StoreCommand.class, "verify").out()).contains("there is no snapshot in");
    }

    @Test
    void aRollbackToADamagedSnapshotIsRefusedByName() throws IOException {
        Manifest target = snapshots.load("snapshot-1");
        String object = target.files().get(0).object();
        Files.delete(directory.resolve("repository/objects").resolve(object));
        Ran refused = models("rollback", "snapshot-1", "--yes");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.out()).contains("not whole", object);
        assertThat(snapshots.list()).hasSize(3);
        Ran verified = run(StoreCommand.class, "verify");
        assertThat(verified.code()).isEqualTo(1);
        assertThat(verified.out()).contains("snapshot-1", "DAMAGED", object);
        assertThat(run(StoreCommand.class, "digest").out()).contains("tick 3 digest");
    }

    @Test
    void whatCannotBeRestoredLeavesNothingBehind() throws IOException {
        Manifest latest = snapshots.load("snapshot-3");
        String repository = directory.resolve("repository").toString();
        Path parent = Files.createDirectory(directory.resolve("temporary"));
        try (LatestState state = LatestState.open(repository, parent)) {
            assertThat(state.store().tick()).isEqualTo(3);
            assertThat(parent).isNotEmptyDirectory();
        }
        assertThat(parent).isEmptyDirectory();
        Files.delete(directory
                .resolve("repository/objects")
                .resolve(latest.files().get(0).object()));
        assertThatThrownBy(() -> LatestState.open(repository, parent)).isInstanceOf(Exception.class);
        assertThat(parent).isEmptyDirectory();
    }
}
