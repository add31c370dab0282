package io.freshet.cli.progress;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Prints a command's line while its own thread is at work. */
public final class ProgressThread {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private volatile boolean ended;

    private ProgressThread() {}

    /**
     * Does some work, and prints a line in every five seconds of it.
     *
     * @param line says where the work stands; called on another thread
     */
    public static <T> T during(Progress progress, Supplier<String> line, Callable<T> work) throws Exception {
        ProgressThread printing = new ProgressThread();
        Thread thread = new Thread(() -> printing.run(progress, line), "freshet-progress");
        thread.setDaemon(true);
        thread.start();
        try {
            return work.call();
        } finally {
            printing.ended = true;
            LockSupport.unpark(thread);
        }
    }

    private void run(Progress progress, Supplier<String> line) {
        while (!ended) {
            progress.offer(line);
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
