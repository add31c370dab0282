package io.freshet.cli.demo;

import io.freshet.cli.data.DatasetProducer;
import io.freshet.cli.data.LogStart;
import io.freshet.cli.data.RateLimiter;
import io.freshet.cli.log.Brokers;
import io.freshet.cli.log.QualityFeed;
import io.freshet.cli.log.RejectedCounts;
import io.freshet.cli.models.LatestState;
import io.freshet.cli.options.DataOptions;
import io.freshet.cli.options.ExitCode;
import io.freshet.cli.options.PortOption;
import io.freshet.cli.progress.LearnProgress;
import io.freshet.cli.serve.FollowingScorer;
import io.freshet.cli.serve.ScoringClient;
import io.freshet.dataset.EventStream;
import io.freshet.dataset.EventStream.Extent;
import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import io.freshet.local.EmbeddedBroker;
import io.freshet.local.LocalCluster;
import io.freshet.local.LoopbackPorts;
import io.freshet.local.StopSignal;
import io.freshet.model.items.ItemScan;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.Topics;
import io.freshet.serving.follower.FollowerConfig;
import io.freshet.store.directory.LocalDirectory;
import io.freshet.train.TickReport;
import io.freshet.v1.RecommendRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The whole path in one process: a real broker, the Flink job, a data set replayed, and what the model would
 * recommend.
 */
@Command(
        name = "demo",
        description = "Streams a data set through Kafka and Flink and shows the model learning.",
        mixinStandardHelpOptions = true,
        footer = {"Examples:", "  freshet demo", "  freshet demo --events 100000 --rate 500 --report report.json"})
public final class DemoCommand implements Callable<Integer> {
    private static final int PARTITIONS = 2;
    private static final long LOG_RATE = 500;
    private static final long TICK_MILLIS = 250;
    /** Heartbeats close the ticks; a pause of the machine must not. */
    private static final long IDLE_MILLIS = 30_000;

    private static final double LIVE_RATE = 500;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(30);
    private static final long CANCEL_SECONDS = 20;

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(names = "--events", defaultValue = "100000", description = "events to learn from")
    private long events;

    @Option(
            names = "--rate",
            defaultValue = "0",
            description = "events per second; 0 for flat out, then the --live events at 500 a second")
    private double rate;

    @Option(
            names = "--live",
            defaultValue = "10000",
            description = "events at the end that stream at 500 a second, where --rate is 0")
    private long live;

    @Option(names = "--report", description = "file for the final figures, JSON")
    private @Nullable Path report;

    @Option(
            names = "--log-rate",
            description = "events per second of log time; --rate if absent, or 500 where that is 0")
    private @Nullable Double logRate;

    @Option(names = "--port", defaultValue = "7600", description = "port of the scoring service; 0 for any")
    private int port;

    @Option(names = "--http-port", defaultValue = "7601", description = "its port for HTTP; 0 for any")
    private int httpPort;

    @Option(names = "--stay", description = "go on serving at the end, until Ctrl-C")
    private boolean stay;

    private long startNanos;
    private long ticks;
    private volatile long rejections;
    private @Nullable TickReport half;
    private @Nullable TickReport last;

    @Override
    public Integer call() throws Exception {
        PortOption.require("--port", port);
        PortOption.require("--http-port", httpPort);
        try (StopSignal stop = new StopSignal(STOP_PATIENCE)) {
            Path work = Files.createTempDirectory("freshet-demo-");
            try {
                run(work, stop);
            } finally {
                LocalDirectory.delete(work);
            }
        }
        return 0;
    }

    /** The job, for as long as it runs and nobody tells this process to end. */
    private record Running(JobClient job, StopSignal stop) implements AutoCloseable {
        /** Waits no longer for a job that will learn nothing more. */
        void require() throws InterruptedException {
            if (stop.isTold()) {
                throw new CancellationException("stopped before the end");
            }
            CompletableFuture<JobExecutionResult> result = job.getJobExecutionResult();
            if (result.isDone()) {
                try {
                    result.get();
                } catch (ExecutionException e) {
                    throw new IllegalStateException("the job failed: " + ExitCode.rootMessage(e), e.getCause());
                }
                throw new IllegalStateException("the job ended before the log did");
            }
        }

        /** Ends it, if it does not have its end behind it: it would go on writing to a directory that goes. */
        @Override
        public void close() {
            CompletableFuture<JobExecutionResult> result = job.getJobExecutionResult();
            if (result.isDone()) {
                return;
            }
            try {
                job.cancel().get(CANCEL_SECONDS, TimeUnit.SECONDS);
                result.get(CANCEL_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                // So ends a job that was cancelled, or failed meanwhile.
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (TimeoutException e) {
                System.err.println("demo: the job did not end in " + CANCEL_SECONDS + " s");
            }
        }
    }

    private void run(Path work, StopSignal stop) throws Exception {
        JobConfig config = config(work);
        FollowerConfig following = new FollowerConfig(
                config.kafka().bootstrapServers(),
                config.topics().changes(),
                Path.of(config.store().repository()),
                work.resolve("scorer"));
        try (EventStream stream = data.open(note -> System.err.println("demo: " + note));
                EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), brokerPort(config))) {
            Brokers.at(broker.bootstrapServers())
                    .create(Map.of(
                            Topics.BEHAVIOUR,
                            PARTITIONS,
                            Topics.CHANGES,
                            1,
                            Topics.QUALITY,
                            1,
                            Topics.BEHAVIOUR + Topics.DEAD_LETTERS,
                            1));
            try (Running job = new Running(
                            LocalCluster.start(config, work, 10_000, Map.of()).client(), stop);
                    FollowingScorer scorer = new FollowingScorer(following, ItemScan.INT8, port, httpPort);
                    ScoringClient client =
                            new ScoringClient("127.0.0.1:" + scorer.server().grpcPort(), 5000)) {
                System.out.printf(
                        "broker on %s, scoring on 127.0.0.1:%d and http://127.0.0.1:%d, data set %s, model small%n",
                        broker.bootstrapServers(),
                        scorer.server().grpcPort(),
                        scorer.server().httpPort(),
                        data.name());
                awaitReady(scorer, job);
                stream(stream, scorer, client, job, work, config);
                if (stay) {
                    System.out.println("serving until Ctrl-C; try 'freshet recommend --user "
                            + (data.name().equals("online-retail") ? "17841" : "ID") + "' in another terminal");
                    stop.await();
                }
            }
        }
    }

    /** The first, empty snapshot is there as soon as the learner is; then the clock of the run starts. */
    private static void awaitReady(FollowingScorer scorer, Running job) throws Exception {
        while (scorer.engine().version() == null) {
            job.require();
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private void stream(
            EventStream stream, FollowingScorer scorer, ScoringClient client, Running job, Path work, JobConfig config)
            throws Exception {
        startNanos = System.nanoTime();
        double clock = logRate != null ? logRate : rate > 0 ? rate : LOG_RATE;
        Brokers brokers = Brokers.at(config.kafka().bootstrapServers());
        DatasetProducer replay =
                new DatasetProducer(brokers, Topics.BEHAVIOUR, PARTITIONS, clock, logStart(stream, clock));
        SampleRecommendations samples = new SampleRecommendations(client, stream.titles());
        try (ServedLatency latency = new ServedLatency(scorer.engine());
                QualityFeed feed = QualityFeed.fromBeginning(brokers, Topics.QUALITY);
                RejectedCounts rejected = new RejectedCounts(brokers, Topics.BEHAVIOUR)) {
            DatasetProducer.Listener listener = new DatasetProducer.Listener() {
                @Override
                public void sending(BehaviourEvent event) {
                    samples.sending(event);
                }

                @Override
                public void acknowledged(int partition, long offset, long sentNanos) {
                    latency.sent(partition, offset, sentNanos);
                }
            };
            RateLimiter pace = pace(clock, latency);
            CompletableFuture<Long> sent =
                    CompletableFuture.supplyAsync(() -> replay.run(stream, events, pace, listener));
            watch(feed, rejected, sent, job, latency, samples);
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            System.out.printf(
                    "sent %,d events, rejected %s; %s%n",
                    sent.get(), LearnProgress.counts(rejected.byReason()), stream.told());
            if (!rejected.example().isEmpty()) {
                System.out.println("the first that was rejected: " + rejected.example());
            }
            job.job()
                    .stopWithSavepoint(true, work.resolve("savepoints").toString(), SavepointFormatType.CANONICAL)
                    .get(120, TimeUnit.SECONDS);
            job.job().getJobExecutionResult().get(120, TimeUnit.SECONDS);
            finish(config, client, latency, seconds);
        }
    }

    /**
     * The live part begins where a tick of the log begins, so that the pause before it changes no tick: the same data
     * gives the same digest at any pace.
     */
    private RateLimiter pace(double clock, ServedLatency latency) {
        long flatOut = (long) (Math.floor((events - live) / clock * 1000 / TICK_MILLIS) * clock / 1000 * TICK_MILLIS);
        if (rate > 0 || live <= 0 || flatOut <= 0) {
            latency.measure();
            return RateLimiter.of(rate);
        }
        return new RateLimiter.CatchUpThenLive(
                flatOut, LIVE_RATE, sent -> latency.served() + rejections >= sent, () -> {
                    System.out.printf("caught up; from here %,.0f events a second%n", LIVE_RATE);
                    latency.measure();
                });
    }

    /** The data decide, so that the same data give the same ticks; those of the last hours alone end the log now. */
    private long logStart(EventStream stream, double clock) {
        Optional<Extent> extent = data.extent(stream, events);
        long most = extent.map(all -> Math.min(events, all.events())).orElse(events);
        return new LogStart("auto", System.currentTimeMillis())
                .millis(extent, (long) (most / clock * 1000), Optional.empty());
    }

    private static int brokerPort(JobConfig config) {
        String servers = config.kafka().bootstrapServers();
        return Integer.parseInt(servers.substring(servers.indexOf(':') + 1));
    }

    /** The defaults, in a directory and on a port of the demo's own. */
    private JobConfig config(Path work) throws Exception {
        Map<String, String> own = Map.of(
                "kafka.bootstrap-servers",
                "127.0.0.1:" + LoopbackPorts.free(),
                "tick.length",
                TICK_MILLIS + " ms",
                "tick.idle-pause",
                IDLE_MILLIS + " ms",
                "schema-registry.cache-directory",
                work.resolve("schemas").toString(),
                "store.repository",
                work.resolve("snapshots").toString(),
                "store.state-directory",
                work.resolve("state").toString());
        return JobConfigFile.load(null, Map.of(), own).toJobConfig();
    }

    /** Follows the progress until everything that was sent is learned. */
    private void watch(
            QualityFeed feed,
            RejectedCounts rejected,
            CompletableFuture<Long> sent,
            Running job,
            ServedLatency latency,
            SampleRecommendations samples)
            throws Exception {
        long shown = 0;
        int lines = 0;
        while (true) {
            for (QualityFeed.Report report : feed.poll(Duration.ofMillis(200))) {
                TickReport tick = report.tick();
                ticks++;
                last = tick;
                if (half == null && tick.events() >= events / 2) {
                    half = tick;
                }
            }
            TickReport now = last;
            long second = (System.nanoTime() - startNanos) / 1_000_000_000L;
            if (now != null && second >= shown + 5) {
                shown = second;
                line(now, latency, startNanos);
                if (++lines % 2 == 0) {
                    samples.show().forEach(System.out::println);
                }
            }
            rejected.look();
            rejections = rejected.total();
            job.require();
            if (sent.isCompletedExceptionally()) {
                sent.get();
            }
            long taken = rejections + (now == null ? 0 : now.events() + now.duplicates());
            if (sent.isDone() && taken >= sent.get()) {
                if (now != null) {
                    line(now, latency, startNanos);
                }
                return;
            }
        }
    }

    private static void line(TickReport tick, ServedLatency latency, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "%5.0f s  %,8d events  %,6.0f/s  loss %.2f  HR@10 model %.3f  popularity %.3f  markov %.3f"
                        + "  (recent %.3f %.3f %.3f)%s%n",
                seconds,
                tick.events(),
                tick.events() / seconds,
                tick.loss(),
                tick.quality().model().hitRatio10(),
                tick.quality().popularity().hitRatio10(),
                tick.quality().markov().hitRatio10(),
                tick.quality().recentModel().hitRatio10(),
                tick.quality().recentPopularity().hitRatio10(),
                tick.quality().recentMarkov().hitRatio10(),
                latency.isMeasured() ? String.format("  served after %.2f s", latency.percentile(50)) : "");
    }

    private void finish(JobConfig config, ScoringClient client, ServedLatency latency, double seconds)
            throws Exception {
        TickReport end = last;
        if (end == null) {
            throw new IllegalStateException("nothing was learned: every event that was sent was rejected");
        }
        try (LatestState state = LatestState.open(config.store().repository())) {
            String digest = HexFormat.of().formatHex(state.store().stateDigest());
            String device = state.manifest().properties().getOrDefault("device", "unknown");
            DemoReport.Latency served = new DemoReport.Latency(latency.percentile(50), latency.percentile(99));
            DemoReport figures = new DemoReport(end, half, ticks, seconds, served, digest, device);
            long tick = client.call()
                    .recommend(RecommendRequest.getDefaultInstance())
                    .getInfo()
                    .getTick();
            figures.print(System.out);
            System.out.println("state digest " + digest + " at tick "
                    + state.store().tick() + ", the scorer is at tick " + tick + ", on " + device);
            if (report != null) {
                figures.write(report);
                System.out.println("report in " + report);
            }
        }
    }
}
