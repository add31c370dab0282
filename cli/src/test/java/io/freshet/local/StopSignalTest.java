package io.freshet.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a process that was told to end. */
class StopSignalTest {
    @TempDir
    private Path work;

    /** A process that makes a directory of each kind, and waits. */
    static final class Waiting {
        private Waiting() {}

        /** Begins; the first argument is where. */
        public static void main(String[] arguments) throws Exception {
            Path work = Path.of(arguments[0]);
            ScratchDirectory scratch = ScratchDirectory.make(work, "scratch-");
            Files.createDirectories(scratch.path().resolve("a/b"));
            try (StopSignal stop = new StopSignal(Duration.ofSeconds(20))) {
                System.out.println(scratch.path().getFileName());
                stop.await();
                // The process's end waits for what is done here.
                Thread.sleep(300);
                Files.writeString(work.resolve("closed"), Boolean.toString(stop.isTold()));
            }
        }
    }

    @Test
    void aProcessThatIsToldToEndLeavesNothingAndClosesWhatItHolds() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(
                        java, "-cp", System.getProperty("java.class.path"), Waiting.class.getName(), work.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            Path made = work.resolve(String.valueOf(out.readLine()));
            assertThat(made).isDirectory();
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(made).doesNotExist();
            assertThat(work.resolve("closed")).hasContent("true");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void nothingIsHeldByOneThatIsClosed() throws IOException, InterruptedException {
        Path made;
        try (StopSignal stop = new StopSignal(Duration.ofSeconds(1));
                ScratchDirectory scratch = ScratchDirectory.make(work, "x")) {
            made = Files.writeString(scratch.path().resolve("f"), "x");
            assertThat(stop.isTold()).isFalse();
            assertThat(stop.await(Duration.ofMillis(1))).isFalse();
        }
        assertThat(List.of(made, made.getParent())).allMatch(path -> !Files.exists(path));
    }
}
