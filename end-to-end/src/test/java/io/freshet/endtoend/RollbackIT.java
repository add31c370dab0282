package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.local.EmbeddedBroker;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A learner that was rolled back reads the log from the snapshot on, without a checkpoint, to the same bits. */
class RollbackIT {
    @TempDir
    Path work;

    @Test
    void aLearnerGoesOnFromAnOlderSnapshotToTheSameBits() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            String learner = work.resolve("learner").toString();
            for (String events : List.of("1000", "3000")) {
                processes.run(
                        "replay", "replay", "--bootstrap-servers", servers, "--partitions", "1", "--events", events);
                learn(processes, servers, learner);
            }
            SnapshotRepository snapshots = new SnapshotRepository(work.resolve("learner/snapshots"));
            List<Manifest> before = snapshots.list();
            Manifest end = before.get(before.size() - 1);
            // What the first learner ended with: a pause follows in the log, which is not seen when it is read again.
            Manifest target = before.stream()
                    .filter(manifest -> manifest.id().startsWith("learner-000001-checkpoint"))
                    .reduce((a, b) -> b)
                    .orElseThrow();
            assertThat(target.tick()).isLessThan(end.tick());
            processes.run(
                    "rollback", "models", "rollback", "--repository", learner + "/snapshots", target.id(), "--yes");
            assertThat(snapshots.latest().orElseThrow()).isEqualTo(target);
            String log = learn(processes, servers, learner);
            List<Manifest> after = snapshots.list();
            Manifest start = after.stream()
                    .filter(manifest -> manifest.id().equals("learner-000003-checkpoint-000000-start"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no start of the third learner in " + log));
            assertThat(start.tick()).isEqualTo(target.tick());
            assertThat(start.digests()).isEqualTo(target.digests());
            Manifest again = after.get(after.size() - 1);
            assertThat(again.id()).startsWith("learner-000003-checkpoint");
            assertThat(again.tick()).isEqualTo(end.tick());
            assertThat(again.frontier()).isEqualTo(end.frontier());
            assertThat(again.digests()).isEqualTo(end.digests());
            assertThat(snapshots.rollbacks().pending()).isEmpty();
        }
    }

    private static String learn(Processes processes, String servers, String learner) throws Exception {
        return processes.run(
                "learn",
                "learn",
                "--bootstrap-servers",
                servers,
                "--work-dir",
                learner,
                "--set",
                "store.keep-snapshots=1000",
                "--bounded");
    }
}
