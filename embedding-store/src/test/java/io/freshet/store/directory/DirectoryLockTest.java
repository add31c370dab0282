package io.freshet.store.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    @TempDir
    private Path directory;

    /** Run in another process: takes the directory, says so, and holds it until its input ends. */
    public static void main(String[] args) throws IOException {
        DirectoryLock lock = DirectoryLock.take(Path.of(args[0]), "state directory", "serves ch1");
        System.out.println("taken");
        System.out.flush();
        if (System.in.read() < 0) {
            lock.close();
        }
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
    void anotherProcessHoldsItUntilItIsKilledThroughALinkToo() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Files.createDirectory(directory.resolve("d")));
        Process other = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DirectoryLockTest.class.getName(),
                        directory.resolve("d").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            byte[] said = other.getInputStream().readNBytes(5);
            assertThat(new String(said, StandardCharsets.UTF_8)).isEqualTo("taken");
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
