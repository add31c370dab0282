package io.freshet.cli;

import io.freshet.dataset.Datasets;
import io.freshet.dataset.EventStream;
import io.freshet.job.JobConfig;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ModelConfig;
import io.freshet.model.ScoredItem;
import io.freshet.model.Scorer;
import io.freshet.schema.EntityIds;
import io.freshet.schema.Topics;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.train.LearnerConfig;
import io.freshet.train.TickReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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
final class DemoCommand implements Callable<Integer> {
    private static final int PARTITIONS = 2;
    private static final long LOG_RATE = 500;

    @Option(names = "--dataset", defaultValue = "online-retail", description = "name of the data set")
    private String dataset = "";

    @Option(names = "--path", description = "file of the data set, plain or .gz")
    private @Nullable Path path;

    @Option(names = "--events", defaultValue = "60000", description = "events to learn from")
    private long events;

    @Option(names = "--rate", defaultValue = "0", description = "events per second; 0 for flat out")
    private double rate;

    @Option(names = "--report", description = "file for the final figures, JSON")
    private @Nullable Path report;

    private long ticks;
    private @Nullable TickReport half;
    private @Nullable TickReport last;

    @Override
    public Integer call() throws Exception {
        Path work = Files.createTempDirectory("freshet-demo-");
        JobConfig config = config(work);
        try (EventStream stream = Datasets.open(dataset, path);
                EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), brokerPort(config))) {
            EmbeddedBroker.createTopics(
                    broker.bootstrapServers(),
                    Map.of(Topics.BEHAVIOUR, PARTITIONS, Topics.QUALITY, 1, Topics.BEHAVIOUR + Topics.DEAD_LETTERS, 1));
            System.out.println("broker on " + broker.bootstrapServers() + ", data set " + dataset + ", model small");
            JobClient job = LocalCluster.start(config, work, 10_000);
            long start = System.nanoTime();
            Replay replay = new Replay(broker.bootstrapServers(), Topics.BEHAVIOUR, PARTITIONS, LOG_RATE);
            CompletableFuture<Long> sent = CompletableFuture.supplyAsync(() -> replay.run(stream, events, rate));
            try (QualityFeed feed = new QualityFeed(broker.bootstrapServers(), Topics.QUALITY)) {
                watch(feed, sent, job, start);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            job.stopWithSavepoint(true, work.resolve("savepoints").toString(), SavepointFormatType.CANONICAL)
                    .get(120, TimeUnit.SECONDS);
            job.getJobExecutionResult().get(120, TimeUnit.SECONDS);
            finish(config, stream.titles(), seconds);
        }
        return 0;
    }

    private static int brokerPort(JobConfig config) {
        String servers = config.bootstrapServers();
        return Integer.parseInt(servers.substring(servers.indexOf(':') + 1));
    }

    private JobConfig config(Path work) throws Exception {
        int port;
        try (java.net.ServerSocket socket =
                new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        return new JobConfig(
                "127.0.0.1:" + port,
                Topics.BEHAVIOUR,
                Topics.CHANGES,
                Topics.QUALITY,
                250,
                500,
                8,
                200,
                work.resolve("snapshots").toString(),
                work.resolve("state").toString(),
                3,
                0,
                LearnerConfig.small());
    }

    /** Follows the progress until everything that was sent is learned. */
    private void watch(QualityFeed feed, CompletableFuture<Long> sent, JobClient job, long start) throws Exception {
        long shown = 0;
        while (true) {
            for (TickReport tick : feed.poll(Duration.ofMillis(200))) {
                ticks++;
                last = tick;
                if (half == null && tick.events() >= events / 2) {
                    half = tick;
                }
            }
            TickReport now = last;
            long second = (System.nanoTime() - start) / 1_000_000_000L;
            if (now != null && second >= shown + 5) {
                shown = second;
                line(now, start);
            }
            if (job.getJobStatus().get().isTerminalState()) {
                job.getJobExecutionResult().get();
                throw new IllegalStateException("the job ended before the log did");
            }
            if (sent.isCompletedExceptionally()) {
                sent.get();
            }
            if (sent.isDone() && now != null && now.events() + now.duplicates() >= sent.get()) {
                line(now, start);
                return;
            }
        }
    }

    private static void line(TickReport tick, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "%5.0f s  %,8d events  %,6.0f/s  loss %.2f  HR@10 model %.3f  popularity %.3f  markov %.3f"
                        + "  (recent %.3f %.3f %.3f)%n",
                seconds,
                tick.events(),
                tick.events() / seconds,
                tick.loss(),
                tick.quality().model().hitRatio10(),
                tick.quality().popularity().hitRatio10(),
                tick.quality().markov().hitRatio10(),
                tick.quality().recentModel().hitRatio10(),
                tick.quality().recentPopularity().hitRatio10(),
                tick.quality().recentMarkov().hitRatio10());
    }

    private void finish(JobConfig config, Map<String, String> titles, double seconds) throws Exception {
        TickReport end = last;
        if (end == null) {
            throw new IllegalStateException("nothing was learned");
        }
        try (LatestState state = LatestState.open(Path.of(config.repository()))) {
            String digest = HexFormat.of().formatHex(state.store().stateDigest());
            String device = state.manifest().properties().getOrDefault("device", "unknown");
            recommend(state, titles);
            System.out.println(
                    "state digest " + digest + " at tick " + state.store().tick() + " on " + device);
            if (report != null) {
                new DemoReport(end, half, ticks, seconds, digest, device).write(report);
                System.out.println("report in " + report);
            }
        }
    }

    /** Shows what the model would recommend now to a user that the stream knows well. */
    private void recommend(LatestState state, Map<String, String> titles) {
        ModelConfig model = ModelConfig.fromProperties(state.manifest().properties());
        try (Device device = CpuDevices.best()) {
            Scorer scorer = new Scorer(model, device);
            scorer.load(state.store());
            History history = sample == null ? null : state.store().history(EntityIds.hash(sample));
            if (history == null) {
                return;
            }
            List<Interaction> seen = history.interactions();
            System.out.println("user " + history.subject() + " lately:");
            for (Interaction one : seen.subList(Math.max(0, seen.size() - 5), seen.size())) {
                System.out.println("    " + title(scorer.name(one.item()), titles));
            }
            System.out.println("and would be shown now:");
            long now = seen.get(seen.size() - 1).eventTimeMillis();
            for (ScoredItem item : scorer.recommend(seen, now, 5, id -> false)) {
                System.out.printf("    %6.2f  %s%n", item.score(), title(item.name(), titles));
            }
        }
    }

    @Option(names = "--user", defaultValue = "17841", description = "user to show at the end")
    private @Nullable String sample;

    private static String title(@Nullable String item, Map<String, String> titles) {
        return item + "  " + titles.getOrDefault(item, "").replaceAll("\\p{Cntrl}", " ");
    }
}
