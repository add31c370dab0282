package io.freshet.serving.follower;

import io.freshet.serving.Replica;
import io.freshet.serving.ScoringEngine;
import io.freshet.store.directory.DirectoryLock;
import io.freshet.store.directory.LocalDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that steps a {@link FollowerCore} with Kafka, RocksDB and an engine behind its ports. */
public final class Follower implements AutoCloseable, Replica {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
    private static final long NAP_MILLIS = 50;

    private final FollowerCore core;
    private final DirectoryLock lock;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Takes the state directory and starts to follow.
     *
     * @throws IllegalStateException naming the holder, if another scorer has the directory
     */
    public Follower(FollowerConfig config, ScoringEngine engine) {
        Path directory;
        try {
            // Two links to one directory are one directory.
            directory = LocalDirectory.create(config.directory()).toRealPath();
            lock = DirectoryLock.take(directory, "state directory", purpose(config));
        } catch (IOException e) {
            throw new UncheckedIOException("the state directory " + config.directory() + " cannot be used: " + e, e);
        }
        core = new FollowerCore(
                new KafkaFeed(config, Follower::now),
                new FollowerDirectory(config.repository(), directory),
                new ScoringEnginePort(engine),
                Follower::now,
                FollowerRules.defaults());
        thread = new Thread(this::run, "freshet-follower");
        thread.setDaemon(true);
        thread.start();
    }

    /** What this process does, for whoever comes second. */
    private static String purpose(FollowerConfig config) {
        String topic = "scores from topic " + config.changesTopic();
        return config.purpose().isEmpty() ? topic : topic + ", " + config.purpose();
    }

    private static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** The follower's state, tick and counts, as of its last step. */
    public FollowerStatus status() {
        return core.status();
    }

    @Override
    public Readiness readiness() {
        FollowerStatus now = status();
        boolean alive = now.state() != FollowerStatus.State.FAILED;
        return new Readiness(now.ready(), alive, now.state() + (now.problem().isEmpty() ? "" : ": " + now.problem()));
    }

    @Override
    public List<Metric> metrics() {
        FollowerStatus now = status();
        FollowerStatus.Counts counts = now.counts();
        List<Metric> all = new ArrayList<>();
        for (FollowerStatus.State state : FollowerStatus.State.values()) {
            all.add(Metric.gauge(
                    "freshet_follower_state",
                    "1 for what the follower does, 0 for the rest.",
                    "state=\"" + state + "\"",
                    state == now.state() ? 1 : 0));
        }
        all.add(Metric.gauge("freshet_follower_tick", "Last tick in the follower's store.", "", now.tick()));
        all.add(Metric.gauge("freshet_follower_behind_records", "Records of the feed not read yet.", "", now.behind()));
        all.add(Metric.counter("freshet_follower_ticks_total", "Ticks applied.", "", counts.applied()));
        all.add(Metric.counter("freshet_follower_verified_total", "Ticks compared again.", "", counts.verified()));
        String dropped = "freshet_follower_dropped_total";
        String help = "Records of the feed dropped, by reason.";
        all.add(Metric.counter(dropped, help, "reason=\"fenced\"", counts.fenced()));
        all.add(Metric.counter(dropped, help, "reason=\"hostile\"", counts.hostile()));
        all.add(Metric.counter(dropped, help, "reason=\"unknown-learner\"", counts.unknown()));
        long foreign =
                counts.foreign().values().stream().mapToLong(Long::longValue).sum();
        all.add(Metric.counter(dropped, help, "reason=\"foreign\"", foreign));
        all.add(Metric.counter("freshet_follower_bootstraps_total", "Loads of a snapshot.", "", counts.bootstraps()));
        all.add(Metric.counter(
                "freshet_follower_reinstalls_total", "Loads of the engine after a failure.", "", counts.reinstalls()));
        all.add(Metric.counter(
                "freshet_follower_reentries_total", "Returns to the feed's beginning.", "", counts.reentries()));
        return all;
    }

    private void run() {
        try {
            while (!closed) {
                Waits next = core.step();
                if (next.on() == Waits.On.END) {
                    break;
                }
                // Waiting for the feed is what a poll does.
                if (next.on() == Waits.On.TIME) {
                    TimeUnit.MILLISECONDS.sleep(Math.max(1, Math.min(NAP_MILLIS, next.untilMillis() - now())));
                }
            }
            while (!closed) {
                TimeUnit.MILLISECONDS.sleep(NAP_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            core.close();
            unlock();
        }
    }

    private void unlock() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("the state directory could not be given back: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
