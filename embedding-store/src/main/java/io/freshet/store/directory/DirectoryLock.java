package io.freshet.store.directory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ownership of a directory by a process of this machine. The operating system lets go of the locked file, {@code
 * freshet.lock}, when the process ends; {@code freshet.holder} says whose it is. Both stay.
 *
 * <p>POSIX takes all locks of a process on a file away when the process closes any descriptor of that file, whoever
 * opened it. So nobody opens {@code freshet.lock} in a process that holds it: what is held is asked before, and the
 * holder's name, which everybody may read, stands in a file of its own.
 */
public final class DirectoryLock implements AutoCloseable {
    /** Name of the locked file. */
    public static final String FILE = "freshet.lock";

    /** Name of the file that says who holds it. */
    public static final String HOLDER = "freshet.holder";

    /**
     * Names of system properties that say which directories this process holds begin with this; the real path follows.
     * Locks belong to processes, so what is held has to be known to all of this one. A static set would not be enough:
     * jobs in one task manager each load this class with a loader of their own, and each would have another.
     */
    private static final String HELD = "io.freshet.held-directory:";

    private static final int MOST_BYTES = 4096;

    private final String held;
    private final FileChannel channel;

    private DirectoryLock(String held, FileChannel channel) {
        this.held = held;
        this.channel = channel;
    }

    /**
     * Takes a directory that is there; empty if somebody else has it.
     *
     * @param purpose what the holder does with it, for whoever comes second: "learns freshet.behaviour.v1"
     */
    public static Optional<DirectoryLock> tryTake(Path directory, String purpose) throws IOException {
        Path real = directory.toRealPath();
        String held = HELD + real;
        if (System.getProperties().putIfAbsent(held, purpose) != null) {
            // Somebody in this very process.
            return Optional.empty();
        }
        DirectoryLock lock = null;
        try {
            lock = open(held, real);
            if (lock != null) {
                Files.writeString(real.resolve(HOLDER), holder(purpose) + "\n");
            }
            return Optional.ofNullable(lock);
        } catch (IOException | RuntimeException e) {
            if (lock != null) {
                lock.channel.close();
            }
            lock = null;
            throw e;
        } finally {
            if (lock == null) {
                System.clearProperty(held);
            }
        }
    }

    /** Locks the file; null if another process has it. */
    private static @Nullable DirectoryLock open(String held, Path directory) throws IOException {
        FileChannel channel =
                FileChannel.open(directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = channel.tryLock() != null;
            return locked ? new DirectoryLock(held, channel) : null;
        } finally {
            if (!locked) {
                channel.close();
            }
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
        Path file = directory.resolve(HOLDER);
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
        if (channel.isOpen()) {
            try {
                channel.close();
            } finally {
                System.clearProperty(held);
            }
        }
    }
}
