package io.freshet.cli.serve;

import io.freshet.cli.log.Brokers;
import io.freshet.cli.options.ConfigOptions;
import io.freshet.cli.options.ExitCode;
import io.freshet.cli.options.PortOption;
import io.freshet.cli.progress.Progress;
import io.freshet.cli.progress.ServeProgress;
import io.freshet.job.config.JobConfigFile;
import io.freshet.local.Directories;
import io.freshet.local.RemoteFileSystems;
import io.freshet.local.StopSignal;
import io.freshet.model.items.ItemScan;
import io.freshet.serving.Version;
import io.freshet.serving.follower.FollowerConfig;
import io.freshet.serving.follower.FollowerStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The scoring service in a process of its own. */
@Command(
        name = "serve",
        description = {
            "Follows a learner's snapshots and change feed and answers scoring calls, on loopback.",
            "Says on stderr, in a line every five seconds, where it stands, and once what went wrong."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "Without a broker it goes on with the state that it has, and says so; with none it ends.",
            "Exit codes: 130 or 143 stopped by a signal, 1 it could not begin, 2 usage.",
            "Examples:",
            "  freshet serve --repository ./learner/snapshots --state-dir ./scorer",
            "  freshet recommend --user 17841        (in another terminal)"
        })
public final class ServeCommand implements Callable<Integer> {
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(15);
    private static final Duration LOOK = Duration.ofMillis(500);

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--changes-topic", description = "topic of the change feed; wins over topics.changes")
    private @Nullable String topic;

    @Option(
            names = "--repository",
            description = "the learner's snapshot repository, a directory, or an address such as hdfs://name/snapshots;"
                    + " wins over store.repository")
    private @Nullable String repository;

    @Option(
            names = "--state-dir",
            required = true,
            showDefaultValue = Visibility.NEVER,
            description = "directory for this scorer's own store")
    private Path state = Path.of(".");

    @Option(names = "--port", defaultValue = "7600", description = "port of gRPC; 0 for any")
    private int port;

    @Option(names = "--http-port", defaultValue = "7601", description = "port of HTTP; 0 for any")
    private int httpPort;

    @Option(
            names = "--item-scan",
            description = "how the best items are found: float32 or int8; the answers are the same; wins over"
                    + " scoring.item-scan")
    private @Nullable String scan;

    @Override
    public Integer call() throws Exception {
        PortOption.require("--port", port);
        PortOption.require("--http-port", httpPort);
        Map<String, String> flags = new TreeMap<>();
        ConfigOptions.put(flags, "topics.changes", topic);
        ConfigOptions.put(flags, "store.repository", repository);
        ConfigOptions.put(flags, "scoring.item-scan", scan);
        JobConfigFile config = options.load(flags);
        Brokers brokers = ConfigOptions.brokers(config);
        Progress lines = Progress.on(System.err);
        Path directory = Directories.real(state);
        try {
            brokers.requireReachable();
        } catch (IllegalStateException e) {
            if (!hasState(directory)) {
                throw new IllegalStateException(e.getMessage() + ". There is no state in " + state + " to serve", e);
            }
            lines.problem(
                    "serve: " + e.getMessage() + ". The state in " + state + " is served as it is until one does");
        }
        FollowerConfig following = new FollowerConfig(
                        brokers.servers(),
                        config.value("topics.changes"),
                        RemoteFileSystems.files(config.value("store.repository")),
                        directory)
                .withKafka(brokers.properties());
        ItemScan found = ConfigOptions.job(config).scoring().itemScan();
        try (StopSignal stop = new StopSignal(STOP_PATIENCE);
                FollowingScorer scorer = new FollowingScorer(following, found, port, httpPort)) {
            System.out.printf(
                    "scoring on 127.0.0.1:%d (gRPC) and http://127.0.0.1:%d%n",
                    scorer.server().grpcPort(), scorer.server().httpPort());
            watch(scorer, lines, stop);
        }
        return ExitCode.OK;
    }

    /** Whether an earlier process left a generation that was restored; its lock alone is no state. */
    private static boolean hasState(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("generation-")
                    && Files.exists(file.resolve("origin.json")));
        }
    }

    /** Says where it stands until it is stopped; a change of state at once. */
    private static void watch(FollowingScorer scorer, Progress lines, StopSignal stop) throws InterruptedException {
        ServeProgress progress = new ServeProgress(lines, System::nanoTime);
        FollowerStatus shown = null;
        while (!stop.await(LOOK)) {
            FollowerStatus now = scorer.follower().status();
            if (shown == null || shown.state() != now.state() || shown.incarnation() != now.incarnation()) {
                shown = now;
                System.out.printf(
                        "%s at tick %d, learner %d, %d items%s%n",
                        now.state(),
                        now.tick(),
                        now.incarnation(),
                        scorer.engine().items(),
                        now.problem().isEmpty() ? "" : ": " + now.problem());
            }
            Version version = scorer.engine().version();
            progress.take(new ServeProgress.Reading(
                    now.state().toString(),
                    now.tick(),
                    version == null ? -1 : Math.max(0, System.currentTimeMillis() - version.learnedAtMillis()),
                    scorer.engine().items(),
                    scorer.server().calls(),
                    now.problem()));
        }
    }
}
