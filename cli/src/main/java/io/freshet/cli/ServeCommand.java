package io.freshet.cli;

import io.freshet.model.ItemScan;
import io.freshet.schema.Topics;
import io.freshet.serving.follower.FollowerConfig;
import io.freshet.serving.follower.FollowerStatus;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The scoring service in a process of its own. */
@Command(
        name = "serve",
        description = "Follows a learner's snapshots and change feed and answers scoring calls, on loopback.",
        mixinStandardHelpOptions = true,
        footer = {
            "Examples:",
            "  freshet serve --repository ./learner/snapshots --state-dir ./scorer",
            "  freshet recommend --user 17841        (in another terminal)"
        })
final class ServeCommand implements Callable<Integer> {
    @Option(names = "--bootstrap-servers", defaultValue = "127.0.0.1:9092", description = "brokers, host:port")
    private String bootstrapServers = "";

    @Option(names = "--changes-topic", defaultValue = Topics.CHANGES, description = "topic of the change feed")
    private String topic = "";

    @Option(
            names = "--repository",
            required = true,
            description = "the learner's snapshot repository: a directory, or an address such as hdfs://name/snapshots")
    private String repository = "";

    @Option(names = "--state-dir", required = true, description = "directory for this scorer's own store")
    private Path state = Path.of(".");

    @Option(names = "--port", defaultValue = "7600", description = "port of gRPC; 0 for any")
    private int port;

    @Option(names = "--http-port", defaultValue = "7601", description = "port of HTTP; 0 for any")
    private int httpPort;

    @Option(
            names = "--item-scan",
            defaultValue = "int8",
            description = "how the best items are found: float32 or int8; the answers are the same")
    private String scan = "";

    @Override
    public Integer call() throws Exception {
        FollowerConfig config = new FollowerConfig(
                bootstrapServers, topic, RemoteFileSystems.files(repository), state.toAbsolutePath());
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.countDown();
            try {
                // The store is closed by the main thread; the process must not end before.
                boolean unused = stopped.await(15, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        try (FollowingScorer scorer = new FollowingScorer(config, ItemScan.of(scan), port, httpPort)) {
            System.out.printf(
                    "scoring on 127.0.0.1:%d (gRPC) and http://127.0.0.1:%d%n",
                    scorer.server().grpcPort(), scorer.server().httpPort());
            FollowerStatus shown = null;
            while (!stop.await(500, TimeUnit.MILLISECONDS)) {
                FollowerStatus now = scorer.follower().status();
                if (shown == null
                        || shown.state() != now.state()
                        || shown.incarnation() != now.incarnation()
                        || !shown.problem().equals(now.problem())) {
                    shown = now;
                    System.out.printf(
                            "%s at tick %d, learner %d, %d items%s%n",
                            now.state(),
                            now.tick(),
                            now.incarnation(),
                            scorer.engine().items(),
                            now.problem().isEmpty() ? "" : ": " + now.problem());
                }
            }
        } finally {
            stopped.countDown();
        }
        return 0;
    }
}
