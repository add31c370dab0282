package io.freshet.store.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    @TempDir
    private Path directory;

    /** Run in another process: takes the directory, says so or not, and holds it until its input ends. */
    public static void main(String[] args) throws IOException {
        Optional<DirectoryLock> lock = DirectoryLock.tryTake(Path.of(args[0]), "serves ch1");
        System.out.println(lock.isPresent() ? "taken" : "in use");
        System.out.flush();
        if (lock.isPresent() && System.in.read() < 0) {
            lock.get().close();
        }
    }

    private static Process other(Path directory) throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DirectoryLockTest.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String says(Process other) throws IOException {
        return new String(other.getInputStream().readNBytes(5), StandardCharsets.UTF_8);
    }

    @Test
    void theSecondIsToldWhoTheFirstIs() throws IOException {
        long pid = ProcessHandle.current().pid();
        try (DirectoryLock first = DirectoryLock.take(directory, "state directory", "learns topic-a")) {
            assertThatThrownBy(() -> DirectoryLock.take(directory, "state directory", "learns topic-b"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("state directory " + directory)
                    .hasMessageContaining("process " + pid + " on ")
                    .hasMessageContaining("running since 2")
                    .hasMessageContaining("learns topic-a");
            assertThat(DirectoryLock.tryTake(directory, "x")).isEmpty();
            assertThat(first).isNotNull();
        }
        DirectoryLock.take(directory, "state directory", "learns topic-b").close();
        assertThat(DirectoryLock.holderOf(directory)).contains("topic-b").doesNotContain("topic-a");
    }

    @Test
    void whoIsRefusedOrAsksForTheHolderInTheSameProcessTakesNothingFromHim() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Files.createDirectory(directory.resolve("d")));
        try (DirectoryLock first = DirectoryLock.take(directory.resolve("d"), "state directory", "learns topic-a")) {
            assertThat(first).isNotNull();
            assertThat(DirectoryLock.tryTake(directory.resolve("d"), "x")).isEmpty();
            assertThat(DirectoryLock.tryTake(link, "x")).isEmpty();
            assertThat(DirectoryLock.holderOf(link)).contains("learns topic-a");
            Process other = other(directory.resolve("d"));
            try {
                assertThat(says(other)).as("another process").isEqualTo("in us");
            } finally {
                other.destroyForcibly();
            }
        }
        Process other = other(link);
        try {
            assertThat(says(other)).isEqualTo("taken");
            assertThat(DirectoryLock.tryTake(link, "x")).isEmpty();
        } finally {
            other.destroyForcibly();
        }
        assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
        DirectoryLock again = DirectoryLock.take(link, "state directory", "y");
        again.close();
        again.close();
        DirectoryLock.take(directory.resolve("d"), "state directory", "z").close();
    }

    @Test
    void anotherProcessHoldsItUntilItIsKilledThroughALinkToo() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Files.createDirectory(directory.resolve("d")));
        Process other = other(directory.resolve("d"));
        try {
            assertThat(says(other)).isEqualTo("taken");
            assertThatThrownBy(() -> DirectoryLock.take(link, "state directory", "serves ch2"))
                    .hasMessageContaining("process " + other.pid() + " ")
                    .hasMessageContaining("serves ch1");
        } finally {
            other.destroyForcibly();
        }
        assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
        DirectoryLock.take(link, "state directory", "serves ch2").close();
    }
}
