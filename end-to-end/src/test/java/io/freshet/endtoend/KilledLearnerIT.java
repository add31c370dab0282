package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.local.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The model is a function of the log alone: a learner that is killed with SIGKILL at random moments and started again
 * ends with the same state, bit for bit, as one that was left alone. Real processes, a real broker, real checkpoints.
 */
class KilledLearnerIT {
    private static final long SEED = 20261124;
    private static final int EVENTS = 40_000;

    @TempDir
    Path work;

    private Processes processes;

    @Test
    void aKilledLearnerEndsWithTheSameBits() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes all = new Processes(work)) {
            processes = all;
            String servers = broker.bootstrapServers();
            all.run("replay", "replay", "--bootstrap-servers", servers, "--events", Integer.toString(EVENTS));

            Process undisturbed = learn(servers, "undisturbed");
            assertThat(undisturbed.waitFor(180, TimeUnit.SECONDS)).isTrue();
            assertThat(undisturbed.exitValue()).as(all.output("learn")).isZero();
            String expected = digest("undisturbed");

            SplittableRandom random = new SplittableRandom(SEED);
            int kills = 0;
            for (int attempt = 0; attempt < 4; attempt++) {
                Process learner = learn(servers, "killed");
                awaitCheckpoint(learner, work.resolve("killed").resolve("checkpoints"), kills);
                boolean ended = learner.waitFor(
                        kills < 2 ? random.nextLong(2500) : TimeUnit.SECONDS.toMillis(180), TimeUnit.MILLISECONDS);
                if (ended) {
                    assertThat(learner.exitValue()).as(all.output("learn")).isZero();
                    break;
                }
                learner.destroyForcibly().waitFor();
                kills++;
            }
            assertThat(kills).as("kills, seed " + SEED).isPositive();
            assertThat(digest("killed"))
                    .as("after " + kills + " kills, seed " + SEED)
                    .isEqualTo(expected);
        }
    }

    /** Waits until this attempt has completed a checkpoint of its own, or has ended. */
    private static void awaitCheckpoint(Process learner, Path checkpoints, int kills) throws Exception {
        long before = System.nanoTime();
        long start = Instant.now().toEpochMilli();
        while (learner.isAlive() && System.nanoTime() - before < TimeUnit.SECONDS.toNanos(60)) {
            if (Processes.newestCheckpoint(checkpoints) >= start || kills >= 2) {
                return;
            }
            learner.waitFor(50, TimeUnit.MILLISECONDS);
        }
    }

    private Process learn(String servers, String name) throws IOException {
        String directory = work.resolve(name).toString();
        return processes.freshet(
                "learn",
                "learn",
                "--bootstrap-servers",
                servers,
                "--work-dir",
                directory,
                // Both runs have a repository of their own, and one feed.
                "--set",
                "start.accept=foreign-feed",
                "--checkpoint-interval",
                "700",
                "--bounded");
    }

    private String digest(String name) throws Exception {
        String text = processes.run(
                "store", "store", "digest", "--work-dir", work.resolve(name).toString());
        return text.lines()
                .filter(line -> line.startsWith("tick "))
                .reduce((a, b) -> b)
                .orElseThrow();
    }
}
