package io.freshet.train.step;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Runs the lanes of a step on a fixed number of threads; which thread runs which lane changes no bits. */
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

    /** Calls {@code body} with {@code lanes [count]}, begun in this order, and returns when all are done. */
    public void forEach(int[] lanes, IntConsumer body) {
        if (executor == null) {
            for (int lane : lanes) {
                body.accept(lane);
            }
            return;
        }
        List<Future<?>> running = new ArrayList<>();
        for (int lane : lanes) {
            running.add(executor.submit(() -> body.accept(lane)));
        }
        for (Future<?> lane : running) {
            try {
                lane.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while lanes were computing", e);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a lane failed", e.getCause());
            }
        }
    }

    @Override
    public void close() {
        if (executor != null) {
            executor.shutdownNow();
        }
    }
}
