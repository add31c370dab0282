package io.freshet.cli.progress;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Prints a command's line while its own thread is at work. */
public final class ProgressThread implements AutoCloseable {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Thread thread;
    private volatile boolean closed;

    /** @param line says where the command stands; called on another thread */
    public ProgressThread(Progress progress, Supplier<String> line) {
        thread = new Thread(
                () -> {
                    while (!closed) {
                        progress.offer(line);
                        LockSupport.parkNanos(LOOK_NANOS);
                    }
                },
                "freshet-progress");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
