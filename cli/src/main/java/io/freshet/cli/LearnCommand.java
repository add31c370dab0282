package io.freshet.cli;

import io.freshet.job.JobConfig;
import io.freshet.schema.Topics;
import io.freshet.train.LearnerConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.flink.core.execution.JobClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Learns from a topic until stopped; started again, it goes on from its last checkpoint. */
@Command(
        name = "learn",
        description = "Runs the learner job in this process; goes on from its last checkpoint.",
        mixinStandardHelpOptions = true,
        footer = "Example: freshet learn --bootstrap-servers 127.0.0.1:9092 --work-dir ./learner")
final class LearnCommand implements Callable<Integer> {
    @Option(names = "--bootstrap-servers", defaultValue = "127.0.0.1:9092", description = "brokers, host:port")
    private String bootstrapServers = "";

    @Option(names = "--topic", defaultValue = Topics.BEHAVIOUR, description = "topic of behaviour events")
    private String topic = "";

    @Option(names = "--work-dir", required = true, description = "directory for checkpoints, snapshots and state")
    private Path work = Path.of(".");

    @Option(names = "--checkpoint-interval", defaultValue = "10000", description = "ms between checkpoints")
    private long checkpointMillis;

    @Option(names = "--tick-length", defaultValue = "250", description = "ms of log time in a tick")
    private long tickMillis;

    @Option(names = "--bounded", description = "end at the log's present end")
    private boolean bounded;

    @Override
    public Integer call() throws Exception {
        EmbeddedBroker.createTopics(bootstrapServers, Map.of(Topics.QUALITY, 1, topic + Topics.DEAD_LETTERS, 1));
        JobClient job = LocalCluster.start(config(), work.toAbsolutePath(), checkpointMillis);
        job.getJobExecutionResult().get();
        System.out.println("the log's end is learned; see 'freshet store digest --work-dir " + work + "'");
        return 0;
    }

    private JobConfig config() {
        Path absolute = work.toAbsolutePath();
        return new JobConfig(
                bootstrapServers,
                topic,
                Topics.QUALITY,
                bounded,
                tickMillis,
                2 * tickMillis,
                8,
                200,
                absolute.resolve("snapshots").toString(),
                absolute.resolve("state").toString(),
                3,
                LearnerConfig.small());
    }
}
