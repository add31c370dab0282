package io.freshet.serving.follower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state directory has one scorer; a second one is told of the first. */
class StateDirectoryLockTest {
    @TempDir
    private Path directory;

    @Test
    void aSecondOneIsRefusedNamingTheFirst() throws Exception {
        Path state = directory.resolve("a").resolve("state");
        try (StateDirectoryLock first = StateDirectoryLock.take(state, "gRPC port 7600, HTTP port 7601")) {
            assertThat(first.directory()).isEqualTo(state.toRealPath());
            assertThatThrownBy(() -> StateDirectoryLock.take(state, "gRPC port 7700"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid())
                    .hasMessageContaining("since 20")
                    .hasMessageContaining("gRPC port 7600, HTTP port 7601")
                    .hasMessageContaining(state.toRealPath().toString());
        }
        StateDirectoryLock.take(state, "").close();
    }

    @Test
    void twoLinksToOneDirectoryAreOneDirectory() throws Exception {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path one = Files.createSymbolicLink(directory.resolve("one"), real);
        Path two = Files.createSymbolicLink(directory.resolve("two"), real);
        try (StateDirectoryLock first = StateDirectoryLock.take(one, "")) {
            assertThat(first.directory()).isEqualTo(real.toRealPath());
            assertThatThrownBy(() -> StateDirectoryLock.take(two, "")).hasMessageContaining("another scorer");
        }
    }
}
