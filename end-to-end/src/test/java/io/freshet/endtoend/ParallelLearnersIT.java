package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.local.EmbeddedBroker;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes, a topic of three partitions: learners that share the work, are killed, and are more or fewer after
 * every restart, end with the bits of one that nobody disturbed.
 */
class ParallelLearnersIT {
    private static final int EVENTS = 3000;
    private static final long SEED = 31;

    @TempDir
    Path work;

    private Processes processes;

    @Test
    void anyNumberOfLearnersHasTheBitsOfOne() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes all = new Processes(work)) {
            processes = all;
            String servers = broker.bootstrapServers();
            all.run(
                    "replay",
                    "replay",
                    "--bootstrap-servers",
                    servers,
                    "--partitions",
                    "3",
                    "--events",
                    Integer.toString(EVENTS));
            end(learn(servers, "one", 1, 700));
            Manifest expected = snapshot("one");

            end(learn(servers, "four", 4, 700));
            assertThat(snapshot("four").tick()).isEqualTo(expected.tick());
            assertThat(snapshot("four").digests()).isEqualTo(expected.digests());

            // The same log again: one learner, then two, four and one, each but the last killed at some moment.
            SplittableRandom random = new SplittableRandom(SEED);
            List<Integer> used = new ArrayList<>();
            for (int learners : new int[] {1, 2, 4, 1}) {
                Process job = learn(servers, "rescaled", learners, 300);
                used.add(learners);
                boolean last = used.size() == 4;
                if (!last) {
                    awaitCheckpoint(job, work.resolve("rescaled/checkpoints"));
                    job.waitFor(random.nextLong(600), TimeUnit.MILLISECONDS);
                    job.destroyForcibly().waitFor();
                } else {
                    end(job);
                }
            }
            assertThat(snapshot("rescaled").digests())
                    .as("killed and rescaled through " + used + ", seed " + SEED)
                    .isEqualTo(expected.digests());
            assertThat(snapshot("rescaled").frontier()).isEqualTo(expected.frontier());
        }
    }

    private void end(Process job) throws Exception {
        assertThat(job.waitFor(180, TimeUnit.SECONDS)).isTrue();
        assertThat(job.exitValue()).as(processes.output("learn")).isZero();
    }

    private Manifest snapshot(String name) {
        return new SnapshotRepository(work.resolve(name).resolve("snapshots"))
                .latest()
                .orElseThrow();
    }

    private static void awaitCheckpoint(Process job, Path checkpoints) throws Exception {
        long start = Instant.now().toEpochMilli();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (job.isAlive() && Processes.newestCheckpoint(checkpoints) < start && System.nanoTime() < deadline) {
            job.waitFor(30, TimeUnit.MILLISECONDS);
        }
    }

    private Process learn(String servers, String name, int learners, int checkpointMillis) throws IOException {
        return processes.freshet(
                "learn",
                "learn",
                "--bootstrap-servers",
                servers,
                "--work-dir",
                work.resolve(name).toString(),
                "--checkpoint-interval",
                Integer.toString(checkpointMillis),
                "--set",
                "learner.parallelism=" + learners,
                // Every run has a repository of its own, and all of them one feed.
                "--set",
                "start.accept=foreign-feed",
                "--bounded");
    }
}
