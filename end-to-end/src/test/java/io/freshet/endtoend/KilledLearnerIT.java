package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cli.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The model is a function of the log alone: a learner that is killed with SIGKILL at random moments and started again
 * ends
 * with the same state, bit for bit, as one that was left alone. Real processes, a real broker, real checkpoints.
 */
class KilledLearnerIT {
    private static final long SEED = 20261124;
    private static final int EVENTS = 8000;

    @TempDir
    Path work;

    @Test
    void aKilledLearnerEndsWithTheSameBits() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0)) {
            String servers = broker.bootstrapServers();
            Process replay = freshet("replay", "--bootstrap-servers", servers, "--events", Integer.toString(EVENTS));
            assertThat(replay.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(replay.exitValue()).as(output("replay")).isZero();

            Process undisturbed = learn(servers, "undisturbed");
            assertThat(undisturbed.waitFor(180, TimeUnit.SECONDS)).isTrue();
            assertThat(undisturbed.exitValue()).as(output("learn")).isZero();
            String expected = digest("undisturbed");

            SplittableRandom random = new SplittableRandom(SEED);
            int kills = 0;
            for (int attempt = 0; attempt < 4; attempt++) {
                Process learner = learn(servers, "killed");
                awaitCheckpoint(learner, work.resolve("killed").resolve("checkpoints"), kills);
                boolean ended = learner.waitFor(
                        kills < 2 ? random.nextLong(2500) : TimeUnit.SECONDS.toMillis(180), TimeUnit.MILLISECONDS);
                if (ended) {
                    assertThat(learner.exitValue()).as(output("learn")).isZero();
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
        long start = java.time.Instant.now().toEpochMilli();
        while (learner.isAlive() && System.nanoTime() - before < TimeUnit.SECONDS.toNanos(60)) {
            if (newest(checkpoints) >= start || kills >= 2) {
                return;
            }
            learner.waitFor(50, TimeUnit.MILLISECONDS);
        }
    }

    private static long newest(Path checkpoints) throws IOException {
        if (!Files.isDirectory(checkpoints)) {
            return 0;
        }
        try (var files = Files.walk(checkpoints, 3)) {
            return files.filter(path -> path.getFileName().toString().equals("_metadata"))
                    .mapToLong(path -> path.toFile().lastModified())
                    .max()
                    .orElse(0);
        } catch (java.io.UncheckedIOException e) {
            // Flink removes old checkpoints while we look.
            return 0;
        }
    }

    private Process learn(String servers, String name) throws IOException {
        String directory = work.resolve(name).toString();
        return freshet(
                "learn",
                "--bootstrap-servers",
                servers,
                "--work-dir",
                directory,
                "--checkpoint-interval",
                "700",
                "--bounded");
    }

    private String digest(String name) throws Exception {
        Process process =
                freshet("store", "digest", "--work-dir", work.resolve(name).toString());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(work.resolve("store.out"));
        return text.lines()
                .filter(line -> line.startsWith("tick "))
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    private String output(String command) throws IOException {
        return Files.readString(work.resolve(command + ".out"));
    }

    private Process freshet(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-Xmx700m", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add("io.freshet.cli.Freshet");
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(work.resolve(arguments[0] + ".out").toFile())
                .start();
    }
}
