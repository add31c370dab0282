package io.freshet.cli.learn;

import io.freshet.cli.log.Brokers;
import io.freshet.cli.log.LogEnds;
import io.freshet.cli.log.QualityFeed;
import io.freshet.cli.log.RejectedCounts;
import io.freshet.cli.progress.LearnProgress;
import io.freshet.cli.progress.Learned;
import io.freshet.cli.progress.Progress;
import io.freshet.job.config.JobConfig;
import io.freshet.local.FlinkJob;
import io.freshet.local.LocalCluster;
import io.freshet.local.RemoteFileSystems;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.train.TickReport;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * A learner job in this process, watched from outside: says where it stands, ends when it has learned what it was asked
 * to, and fails with the job's own cause.
 */
final class LearnerRun implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final long ASK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final JobConfig config;
    private final SnapshotRepository snapshots;
    private final long earlierIncarnation;
    private final LogEnds ends;
    private final RejectedCounts rejected;
    private final QualityFeed reports;
    private final LearnProgress progress;
    private final Progress lines;
    private @Nullable TickReport last;
    private long failuresUpTo;
    private long askedAt = System.nanoTime() - ASK_NANOS;
    private List<String> looked = List.of();

    /** Looks at what is there before the job begins: the log's end, earlier learners, earlier dead letters. */
    LearnerRun(JobConfig config, Brokers brokers, Progress lines) {
        this.config = config;
        this.lines = lines;
        snapshots =
                new SnapshotRepository(RemoteFileSystems.files(config.store().repository()));
        earlierIncarnation = snapshots.lastIncarnation();
        ends = LogEnds.now(brokers, config.topics().events());
        rejected = new RejectedCounts(brokers, config.topics().events());
        reports = QualityFeed.fromNow(brokers, config.topics().quality());
        progress = new LearnProgress(lines, System::nanoTime);
        failuresUpTo = System.currentTimeMillis() - 1;
    }

    /**
     * What there is to learn, in words. How much that is shows when the job has opened the log: it may refuse it, and
     * then no number here would mean anything.
     */
    String task() {
        return String.format(
                "topic %s, %d %s, %s",
                config.topics().events(),
                ends.partitions(),
                ends.partitions() == 1 ? "partition" : "partitions",
                latest().map(snapshot -> "goes on from snapshot " + snapshot.id() + ", tick " + snapshot.tick())
                        .orElse("no snapshot yet"));
    }

    /**
     * Watches the job until it ends.
     *
     * @param bounded ends it when a committed snapshot of this job holds the log up to where it ended at the start
     * @throws ExecutionException with the job's own failure
     */
    void await(LocalCluster.Job job, boolean bounded) throws ExecutionException, InterruptedException {
        CompletableFuture<JobExecutionResult> result = job.client().getJobExecutionResult();
        FlinkJob flink = job.rest();
        while (!result.isDone()) {
            look(flink);
            if (bounded && hasLearnedAll()) {
                job.client().cancel().get();
                return;
            }
        }
        result.get();
        if (bounded) {
            throw new IllegalStateException("the job ended before it had learned the log");
        }
    }

    private void look(FlinkJob flink) {
        for (TickReport report : mine()) {
            last = report;
            progress.ticked(report);
        }
        rejected.look();
        progress.rejected(rejected.byReason(), rejected.example());
        if (System.nanoTime() - askedAt >= ASK_NANOS) {
            askedAt = System.nanoTime();
            flink.look().ifPresent(this::seen);
        }
        if (lines.isDue()) {
            progress.behind(Learned.of(config.store().repository())
                    .map(now -> ends.behind(now.frontier()))
                    .orElse(OptionalLong.empty()));
            progress.print();
        }
    }

    /** Reports of this job's learners: others may use the topic, too. */
    private List<TickReport> mine() {
        List<QualityFeed.Report> all = reports.poll(LOOK);
        List<TickReport> ours = new ArrayList<>();
        // A repository has its identity before it has an incarnation, and an incarnation before it has a report.
        if (!all.isEmpty() && snapshots.lastIncarnation() > earlierIncarnation) {
            String repository = snapshots.identity();
            for (QualityFeed.Report report : all) {
                if (report.incarnation() > earlierIncarnation
                        && report.repository().equals(repository)) {
                    ours.add(report.tick());
                }
            }
        }
        if (reports.unreadable() > 0) {
            lines.problem(
                    "unreadable report",
                    "learn: records of topic " + config.topics().quality() + " are no progress reports: left out");
        }
        return ours;
    }

    private void seen(FlinkJob.View view) {
        progress.state(view.state());
        if (view.state().startsWith("FAIL")) {
            // It does not come back from this one: the job's result says why.
            return;
        }
        for (FlinkJob.Failure failure : view.failures()) {
            if (failure.atMillis() > failuresUpTo) {
                failuresUpTo = failure.atMillis();
                progress.restarted(failure.cause());
            }
        }
    }

    private Optional<Manifest> latest() {
        try {
            return snapshots.exists() ? snapshots.latest() : Optional.empty();
        } catch (UncheckedIOException e) {
            // The learner removes old snapshots while we look; the next look finds the newer one.
            return Optional.empty();
        }
    }

    /**
     * Whether a snapshot that this job committed holds the log. Those of earlier learners do not count, whatever their
     * tick; they stay in the repository for a while.
     */
    boolean hasLearnedAll() {
        try {
            List<String> names = snapshots.names();
            if (names.equals(looked)) {
                return false;
            }
            Optional<Manifest> mine = snapshots.list().stream()
                    .filter(manifest -> incarnation(manifest) > earlierIncarnation)
                    .reduce((a, b) -> b);
            boolean learned = mine.isPresent() && ends.reachedBy(mine.get().frontier());
            looked = names;
            return learned;
        } catch (UncheckedIOException | KafkaException e) {
            // The learner removes old snapshots while we look, or no broker answers: the next look asks again.
            return false;
        }
    }

    private static long incarnation(Manifest manifest) {
        return Long.parseLong(manifest.properties().getOrDefault("incarnation", "0"));
    }

    /** What this job did, in words. */
    String done() {
        mine().forEach(report -> last = report);
        rejected.look();
        TickReport report = last;
        return (report == null
                        ? "no new event"
                        : String.format(
                                "%,d events in all, %,d duplicates, tick %d",
                                report.events(), report.duplicates(), report.tick()))
                + "; rejected " + LearnProgress.counts(rejected.byReason()) + "; restarts " + progress.restarts();
    }

    @Override
    public void close() {
        for (AutoCloseable one : List.of(reports, rejected, ends)) {
            try {
                one.close();
            } catch (Exception e) {
                lines.problem("a client of this command did not close: " + e.getMessage());
            }
        }
    }
}
