package io.freshet.train.step;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the lanes of a step on a fixed number of threads; which thread runs which lane changes no bits. Whatever
 * happens, no lane is computing any more when a call or {@link #close} has returned: what lanes work on may be freed
 * then.
 */
public final class LaneThreads implements AutoCloseable {
    private final @Nullable ExecutorService executor;

    /** @param threads 1: the caller's own */
    public LaneThreads(int threads) {
        executor = threads == 1
                ? null
                : Executors.newFixedThreadPool(threads, task -> {
                    Thread thread = new Thread(task, "freshet-lane");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Calls {@code body} with every lane, and returns when all are done. */
    public void forEach(int lanes, IntConsumer body) {
        forEach(IntStream.range(0, lanes).toArray(), body);
    }

    /**
     * Calls {@code body} with {@code lanes [count]}, begun in this order, and returns when all are done.
     *
     * @throws IllegalStateException if a lane failed or the caller was interrupted; lanes that had not begun by then
     *     are left out, those that had are waited for
     */
    public void forEach(int[] lanes, IntConsumer body) {
        if (executor == null) {
            for (int lane : lanes) {
                body.accept(lane);
            }
            return;
        }
        AtomicBoolean abandoned = new AtomicBoolean();
        List<Future<?>> running = new ArrayList<>();
        try {
            for (int lane : lanes) {
                running.add(executor.submit(() -> run(lane, body, abandoned)));
            }
        } catch (RuntimeException | Error e) {
            abandoned.set(true);
            awaitAll(running, abandoned);
            throw e;
        }
        IllegalStateException failure = awaitAll(running, abandoned);
        if (failure != null) {
            throw failure;
        }
    }

    private static void run(int lane, IntConsumer body, AtomicBoolean abandoned) {
        if (abandoned.get()) {
            return;
        }
        boolean done = false;
        try {
            body.accept(lane);
            done = true;
        } finally {
            if (!done) {
                abandoned.set(true);
            }
        }
    }

    /** Waits for all; gives the first failure, null if there is none. */
    private static @Nullable IllegalStateException awaitAll(List<Future<?>> running, AtomicBoolean abandoned) {
        IllegalStateException failure = null;
        boolean interrupted = false;
        for (int at = 0; at < running.size(); ) {
            try {
                running.get(at).get();
                at++;
            } catch (InterruptedException e) {
                // The lanes that compute are waited for nevertheless.
                interrupted = true;
                abandoned.set(true);
                failure = failure == null
                        ? new IllegalStateException("interrupted while lanes were computing", e)
                        : failure;
            } catch (ExecutionException e) {
                failure = failure == null ? new IllegalStateException("a lane failed", e.getCause()) : failure;
                at++;
            } catch (CancellationException e) {
                failure = failure == null ? new IllegalStateException("closed while lanes were waiting", e) : failure;
                at++;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return failure;
    }

    /** Interrupts lanes that are computing, and waits for them without end. */
    @Override
    public void close() {
        if (executor == null) {
            return;
        }
        for (Runnable waiting : executor.shutdownNow()) {
            // Whoever waits for it would wait for ever.
            if (waiting instanceof Future<?> future) {
                future.cancel(false);
            }
        }
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = executor.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
