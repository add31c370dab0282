package io.freshet.cli.data;

import io.freshet.cli.log.Brokers;
import io.freshet.cli.log.TopicPlan;
import io.freshet.cli.options.ConfigOptions;
import io.freshet.cli.options.DataOptions;
import io.freshet.cli.options.ExitCode;
import io.freshet.cli.options.UsageException;
import io.freshet.cli.progress.Progress;
import io.freshet.cli.progress.ProgressThread;
import io.freshet.cli.progress.ReplayProgress;
import io.freshet.dataset.EventStream;
import io.freshet.dataset.EventStream.Extent;
import io.freshet.job.config.JobConfigFile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Sends a data set to a topic. */
@Command(
        name = "replay",
        description = {
            "Sends a data set's events to a Kafka topic, with heartbeats to all of its partitions.",
            "Record timestamps are the log's clock: event n is n / log rate seconds behind the first."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "Exit codes: 0 all are sent, 1 the file, the broker or the topic failed, 2 usage.",
            "Example: freshet replay --bootstrap-servers 127.0.0.1:9092 --dataset online-retail --rate 500"
        })
public final class ReplayCommand implements Callable<Integer> {
    private static final double FLAT_OUT_LOG_RATE = 500;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(names = "--topic", description = "topic, made if it is not there; wins over topics.events")
    private @Nullable String topic;

    @Option(
            names = "--partitions",
            defaultValue = "2",
            description = "partitions of the topic if it is made; one that is there has its own")
    private int partitions;

    @Option(names = "--events", defaultValue = "9223372036854775807", description = "events to send at most")
    private long events;

    @Option(names = "--rate", defaultValue = "0", description = "events per second; 0 for flat out")
    private double rate;

    @Option(
            names = "--log-rate",
            description = "events per second of log time; --rate if absent, or 500 where that is 0")
    private @Nullable Double logRate;

    @Option(
            names = "--log-start",
            defaultValue = "auto",
            description = {
                "time of the first record: an instant such as 2024-05-01T00:00:00Z; now, from which the time is taken",
                "back that a replay flat out takes; or auto: behind the topic's newest record, the newest event and",
                "2023-11-14T22:13:20Z, or so that the log ends now if that were in the future"
            })
    private String logStart = "";

    @Override
    public Integer call() throws Exception {
        LogStart start = new LogStart(logStart, System.currentTimeMillis());
        if (events < 0) {
            throw new UsageException("--events " + events + ": expected 0 or more");
        }
        if (rate < 0 || (logRate != null && !(logRate > 0)) || partitions < 1) {
            throw new UsageException("--rate must be at least 0, --log-rate above 0, --partitions at least 1");
        }
        Map<String, String> flags = new TreeMap<>();
        ConfigOptions.put(flags, "topics.events", topic);
        JobConfigFile config = options.load(flags);
        Brokers brokers = ConfigOptions.brokers(config);
        String target = config.value("topics.events");
        brokers.requireReachable();
        Progress lines = Progress.on(System.err);
        try (EventStream stream = data.open(note -> lines.say("replay: " + note))) {
            brokers.create(List.of(TopicPlan.replayed(target, partitions)), config.replicationFactor())
                    .forEach(made -> System.err.println("replay: made topic " + made));
            List<TopicPartition> there = brokers.partitions(target);
            double clock = logRate != null ? logRate : rate > 0 ? rate : FLAT_OUT_LOG_RATE;
            Optional<Extent> extent = start.needsExtent() ? data.extent(stream, events) : stream.extent();
            Optional<Long> last = LogStart.newest(brokers, there);
            long most = extent.map(all -> Math.min(events, all.events())).orElse(events);
            long begin = start.millis(extent, duration(extent, most, clock), last);
            lines.say(String.format(
                    "replay: %s to topic %s, %d %s, %,.0f events per second of log time; %s",
                    data.name(),
                    target,
                    there.size(),
                    there.size() == 1 ? "partition" : "partitions",
                    clock,
                    LogStart.told(begin, last)));
            DatasetProducer replay = new DatasetProducer(brokers, target, there.size(), clock, begin);
            ReplayProgress progress =
                    new ReplayProgress(replay::sent, most == Long.MAX_VALUE ? 0 : most, System::nanoTime);
            long sent = ProgressThread.during(lines, progress::line, () -> replay.run(stream, events, rate));
            System.out.printf(
                    "sent %,d events of %s to %s (%,d lines left out, %,d malformed)%n",
                    sent, data.name(), target, stream.skippedLines(), stream.malformedLines());
            if (stream.malformedLines() > 0) {
                System.err.println("replay: " + stream.told());
            }
        }
        return ExitCode.OK;
    }

    /** Log time that is sent before it has passed; none if the log's time goes as fast as the replay. */
    private long duration(Optional<Extent> extent, long most, double clock) {
        boolean asItGoes = rate > 0 && clock >= rate;
        return extent.isEmpty() || asItGoes ? 0 : (long) (most / clock * 1000);
    }
}
