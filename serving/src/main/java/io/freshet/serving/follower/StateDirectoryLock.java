package io.freshet.serving.follower;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Says that a state directory is in use, and by whom; the operating system lets go of it when the process ends. */
final class StateDirectoryLock implements AutoCloseable {
    private static final String FILE = "scorer.lock";

    private final FileChannel channel;
    private final Path directory;

    private StateDirectoryLock(FileChannel channel, Path directory) {
        this.channel = channel;
        this.directory = directory;
    }

    /**
     * Takes a directory, which is made if need be; it may be a symbolic link to one.
     *
     * @param purpose what the holder does with it, for whoever comes second
     * @throws IllegalStateException naming the holder, if somebody else has it
     */
    static StateDirectoryLock take(Path directory, String purpose) throws IOException {
        // On JDK 17 createDirectories refuses a link to a directory.
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
        }
        Path real = directory.toRealPath();
        FileChannel channel = FileChannel.open(real.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (lock(channel) == null) {
                throw new IllegalStateException("another scorer ("
                        + Files.readString(real.resolve(FILE)).strip() + ") uses the state directory " + real
                        + "; stop it, or choose another directory");
            }
            String holder = "process " + ProcessHandle.current().pid() + " since " + Instant.now()
                    + (purpose.isEmpty() ? "" : ", " + purpose) + "\n";
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)));
            return new StateDirectoryLock(channel, real);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** The directory itself, behind all links. */
    Path directory() {
        return directory;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
