package io.freshet.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories behind links are what they lead to. */
class DirectoriesTest {
    @TempDir
    private Path work;

    @Test
    void linksAreFollowed() throws IOException {
        Path disk = Files.createDirectory(work.resolve("disk")).toRealPath();
        Path link = Files.createSymbolicLink(work.resolve("link"), disk);
        assertThat(Directories.real(link)).isEqualTo(disk);
        assertThat(Directories.real(link.resolve("a/b")))
                .isEqualTo(disk.resolve("a/b"))
                .isDirectory();
        assertThat(Directories.real(link.resolve("a/b"))).isEqualTo(disk.resolve("a/b"));
        assertThat(RemoteFileSystems.real(link.toString())).isEqualTo(disk.toString());
        assertThat(RemoteFileSystems.real(work.resolve("none").toString()))
                .isEqualTo(work.resolve("none").toString());
    }

    @Test
    void whatIsNoDirectoryIsNamed() throws IOException {
        Path file = Files.writeString(work.resolve("file"), "x");
        assertThatThrownBy(() -> Directories.real(file)).hasMessageContaining("file is no directory");
        Path dangling = Files.createSymbolicLink(work.resolve("dangling"), work.resolve("gone"));
        assertThatThrownBy(() -> Directories.real(dangling)).hasMessageContainingAll("dangling", "gone", "not there");
    }

    @Test
    void checkpointsBehindALinkAreFound() throws IOException {
        Path checkpoint = Files.createDirectories(work.resolve("disk/job/chk-3"));
        Files.writeString(checkpoint.resolve("_metadata"), "x");
        Path link = Files.createSymbolicLink(work.resolve("checkpoints"), work.resolve("disk"));
        assertThat(LocalCluster.newestCheckpoint(link)).contains(checkpoint.toRealPath());
    }
}
