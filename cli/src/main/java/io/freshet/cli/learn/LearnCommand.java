package io.freshet.cli.learn;

import io.freshet.cli.log.Brokers;
import io.freshet.cli.log.TopicPlan;
import io.freshet.cli.options.ConfigOptions;
import io.freshet.cli.options.DurationOption;
import io.freshet.cli.options.ExitCode;
import io.freshet.cli.progress.Progress;
import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import io.freshet.job.repository.RepositoryAddress;
import io.freshet.local.Directories;
import io.freshet.local.LocalCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Learns from a topic until stopped; started again, it goes on from its last checkpoint. */
@Command(
        name = "learn",
        description = {
            "Runs the learner job in this process; goes on from its last checkpoint.",
            "Says on stderr, in a line every five seconds, where it stands, and once what went wrong."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "Exit codes: 0 the log's end is learned (--bounded), 1 the job, the broker or a topic failed, 2 usage.",
            "Example: freshet learn --bootstrap-servers 127.0.0.1:9092 --work-dir ./learner"
        })
public final class LearnCommand implements Callable<Integer> {
    private static final List<String> DIRECTORIES = List.of("store.repository", "store.state-directory");

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--topic", description = "topic of behaviour events; wins over topics.events")
    private @Nullable String topic;

    @Option(
            names = "--work-dir",
            required = true,
            showDefaultValue = Visibility.NEVER,
            description = "directory for checkpoints, snapshots and state; wins over store.repository and"
                    + " store.state-directory")
    private Path work = Path.of(".");

    @Option(
            names = "--repository",
            description = "snapshot repository, a directory or an address; 'snapshots' in the work directory if absent")
    private @Nullable String repository;

    @Option(
            names = "--checkpoint-interval",
            paramLabel = "TIME",
            defaultValue = "10 s",
            converter = DurationOption.class,
            description = "time between checkpoints, with its unit; a bare number is milliseconds")
    private Duration checkpoints = Duration.ofSeconds(10);

    @Option(names = "--tick-length", description = "log time in a tick, with its unit; wins over tick.length")
    private @Nullable String tickLength;

    @Option(
            names = "--flink",
            showDefaultValue = Visibility.NEVER,
            paramLabel = "KEY=VALUE",
            description = "a setting of the Flink cluster in this process")
    private Map<String, String> flink = Map.of();

    @Option(names = "--bounded", description = "end when the log as it is now is learned")
    private boolean bounded;

    @Option(
            names = "--scoring-port",
            description = "port of a scoring service inside this process, on loopback; none if absent")
    private @Nullable String scoringPort;

    @Override
    public Integer call() throws Exception {
        JobConfigFile file = configuration();
        JobConfig config = ConfigOptions.job(file);
        Brokers brokers = ConfigOptions.brokers(file);
        brokers.requireReachable();
        brokers.partitions(config.topics().events());
        brokers.create(
                        List.of(
                                TopicPlan.changes(config.topics().changes()),
                                TopicPlan.quality(config.topics().quality()),
                                TopicPlan.deadLetters(config.topics().events())),
                        file.replicationFactor())
                .forEach(made -> System.err.println("learn: made topic " + made));
        Progress lines = Progress.on(System.err);
        try (LearnerRun run = new LearnerRun(config, brokers, lines)) {
            lines.say("learn: " + run.task());
            LocalCluster.Job job = LocalCluster.start(config, Directories.real(work), checkpoints.toMillis(), flink);
            try {
                run.await(job, bounded);
            } catch (ExecutionException e) {
                throw new IllegalStateException("the job failed: " + ExitCode.rootMessage(e), e.getCause());
            }
            System.out.println(
                    "the log's end is learned: " + run.done() + "; see 'freshet store digest --work-dir " + work + "'");
        }
        return ExitCode.OK;
    }

    /** Flags of this command win over {@code --set}, the environment and the file. */
    private JobConfigFile configuration() throws IOException {
        Path directory = Directories.real(work);
        Map<String, String> flags = new TreeMap<>();
        ConfigOptions.put(flags, "topics.events", topic);
        ConfigOptions.put(flags, "tick.length", tickLength);
        ConfigOptions.put(flags, "scoring.embedded-port", scoringPort);
        flags.put("store.repository", repository == null ? real(directory.resolve("snapshots")) : local(repository));
        flags.put("store.state-directory", real(directory.resolve("state")));
        JobConfigFile before = options.withoutFlags();
        JobConfigFile config = options.load(flags);
        for (String key : DIRECTORIES) {
            if (!before.origin(key).equals("default") && !before.value(key).equals(config.value(key))) {
                System.err.println("learn: freshet." + key + " is " + before.value(key) + " (" + before.origin(key)
                        + "), but " + (repository != null && key.endsWith("repository") ? "--repository" : "--work-dir")
                        + " wins: " + config.value(key));
            }
        }
        return config;
    }

    private static String real(Path directory) throws IOException {
        return Directories.real(directory).toString();
    }

    /** A repository on this machine as a path without links; one elsewhere as it is. */
    private static String local(String address) throws IOException {
        Path directory = new RepositoryAddress(address).local().orElse(null);
        return directory == null ? address : real(directory);
    }
}
