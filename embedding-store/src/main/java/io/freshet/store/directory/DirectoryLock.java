package io.freshet.store.directory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ownership of a directory by a process of this machine. The operating system lets go of it when the process ends; the
 * file {@code freshet.lock} says whose it is, and stays.
 */
public final class DirectoryLock implements AutoCloseable {
    /** Name of the file. */
    public static final String FILE = "freshet.lock";

    private static final int MOST_BYTES = 4096;

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes a directory that is there; empty if somebody else has it.
     *
     * @param purpose what the holder does with it, for whoever comes second: "learns freshet.behaviour.v1"
     */
    public static Optional<DirectoryLock> tryTake(Path directory, String purpose) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = lock(channel);
            if (lock == null) {
                channel.close();
                return Optional.empty();
            }
            channel.truncate(0);
            ByteBuffer text = ByteBuffer.wrap((holder(purpose) + "\n").getBytes(StandardCharsets.UTF_8));
            while (text.hasRemaining()) {
                channel.write(text);
            }
            return Optional.of(new DirectoryLock(channel));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Somebody in this very process.
            return null;
        }
    }

    /** This process, as the file names it. */
    private static String holder(String purpose) {
        ProcessHandle process = ProcessHandle.current();
        String since = process.info().startInstant().map(Instant::toString).orElse("unknown");
        return "process " + process.pid() + " on " + host() + ", running since " + since + ", " + purpose;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }

    /**
     * Takes a directory that is there.
     *
     * @param what the directory, for the refusal: "snapshot repository"
     * @param purpose what the holder does with it
     * @throws IllegalStateException naming the holder, if somebody else has it
     */
    public static DirectoryLock take(Path directory, String what, String purpose) throws IOException {
        Optional<DirectoryLock> lock = tryTake(directory, purpose);
        if (lock.isEmpty()) {
            throw new IllegalStateException("the " + what + " " + directory + " is in use by " + holderOf(directory)
                    + "; stop that process, or choose another directory");
        }
        return lock.get();
    }

    /** Who took a directory last, as the holder wrote it. */
    public static String holderOf(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return "nobody";
        }
        try (var in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8).strip();
            return text.isEmpty() ? "a process that did not say who it is" : text;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
