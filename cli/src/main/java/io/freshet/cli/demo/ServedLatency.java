package io.freshet.cli.demo;

import io.freshet.serving.ScoringEngine;
import io.freshet.serving.Version;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Time from the producer's send of an event to the moment when a scoring engine answers from a state that has learned
 * it. Looks at the engine every two milliseconds, which bounds the error.
 */
final class ServedLatency implements AutoCloseable {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private record Sent(long offset, long nanos) {}

    private final ScoringEngine engine;
    private final Map<Integer, ArrayDeque<Sent>> underWay = new TreeMap<>();
    private final Histogram millis = new Histogram(TimeUnit.HOURS.toMillis(1), 3);
    private final Thread thread;
    private volatile boolean measuring;
    private volatile long served;
    private volatile boolean closed;

    ServedLatency(ScoringEngine engine) {
        this.engine = engine;
        thread = new Thread(this::run, "freshet-latency");
        thread.setDaemon(true);
        thread.start();
    }

    /** From now on times count. */
    void measure() {
        measuring = true;
    }

    /** Events that are served. */
    long served() {
        return served;
    }

    /** An event is in the log; offsets of a partition come in order. */
    void sent(int partition, long offset, long nanos) {
        synchronized (underWay) {
            underWay.computeIfAbsent(partition, key -> new ArrayDeque<>()).add(new Sent(offset, nanos));
        }
    }

    private void run() {
        long seen = -1;
        while (!closed) {
            Version version = engine.version();
            if (version != null && version.tick() != seen) {
                seen = version.tick();
                arrived(version);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private void arrived(Version version) {
        long now = System.nanoTime();
        synchronized (underWay) {
            underWay.forEach((partition, waiting) -> {
                long reached = version.frontier().getOrDefault(partition, -1L);
                while (!waiting.isEmpty() && waiting.peek().offset() <= reached) {
                    long waited =
                            TimeUnit.NANOSECONDS.toMillis(now - waiting.remove().nanos());
                    served++;
                    if (measuring) {
                        millis.recordValue(Math.min(waited, millis.getHighestTrackableValue()));
                    }
                }
            });
        }
    }

    /** Whether there is a time yet. */
    boolean isMeasured() {
        synchronized (underWay) {
            return millis.getTotalCount() > 0;
        }
    }

    /** Seconds within which a share of the events was served; NaN before the first. */
    double percentile(double percent) {
        synchronized (underWay) {
            return millis.getTotalCount() == 0 ? Double.NaN : millis.getValueAtPercentile(percent) / 1000.0;
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
