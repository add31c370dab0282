package io.freshet.local;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Whether this process was told to end: Ctrl-C, or a signal. From then on it waits for {@link #close}, for a while: who
 * has one open lets go of everything else first.
 */
public final class StopSignal implements AutoCloseable {
    private final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook;

    /**
     * Listens from now on.
     *
     * @param patience how long the process's end waits
     */
    public StopSignal(Duration patience) {
        hook = new Thread(() -> hold(patience), "freshet-stop");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void hold(Duration patience) {
        told.countDown();
        try {
            boolean unused = done.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it was told to. */
    public boolean isTold() {
        return told.getCount() == 0;
    }

    /** Waits until it is told to. */
    public void await() throws InterruptedException {
        told.await();
    }

    /** The same for a time at most; whether it was told to. */
    public boolean await(Duration most) throws InterruptedException {
        return told.await(most.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process ends, and waits no longer.
            return;
        }
    }
}
