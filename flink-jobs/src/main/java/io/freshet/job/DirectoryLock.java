package io.freshet.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Says that a directory is in use, and by whom; the operating system lets go of it when the process ends. */
final class DirectoryLock implements AutoCloseable {
    private static final String FILE = "learner.lock";

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes a directory; empty if somebody else has it. */
    static Optional<DirectoryLock> tryTake(Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            return Optional.empty();
        }
        String holder = "process " + ProcessHandle.current().pid();
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)));
        return Optional.of(new DirectoryLock(channel));
    }

    /**
     * Takes a directory.
     *
     * @throws IllegalStateException naming the holder, if somebody else has it
     */
    static DirectoryLock take(Path directory, String what) throws IOException {
        Optional<DirectoryLock> lock = tryTake(directory);
        if (lock.isEmpty()) {
            String holder = Files.readString(directory.resolve(FILE));
            throw new IllegalStateException("another learner (" + holder + ") is working on the " + what + " "
                    + directory + "; stop it, or choose another directory");
        }
        return lock.get();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
