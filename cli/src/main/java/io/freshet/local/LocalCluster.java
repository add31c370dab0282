package io.freshet.local;

import io.freshet.job.LearnerJob;
import io.freshet.job.config.JobConfig;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Runs the learner job on a Flink mini cluster inside this JVM, with checkpoints under a working directory. */
public final class LocalCluster {
    private LocalCluster() {}

    /**
     * A job that runs.
     *
     * @param client its handle
     * @param restPort port of the cluster's REST interface on loopback
     */
    public record Job(JobClient client, int restPort) {
        public FlinkJob rest() {
            return new FlinkJob(restPort, client.getJobID().toHexString());
        }
    }

    /**
     * Starts the job, from the newest completed checkpoint under {@code work} if there is one; after a rollback from
     * its snapshot.
     *
     * @param checkpointMillis time between checkpoints
     * @param settings of Flink, over those that are set here
     */
    public static Job start(JobConfig config, Path work, long checkpointMillis, Map<String, String> settings)
            throws Exception {
        Path checkpoints = Directories.real(work.resolve("checkpoints"));
        Configuration flink = new Configuration();
        flink.setString("execution.checkpointing.interval", checkpointMillis + " ms");
        flink.setString("execution.checkpointing.dir", checkpoints.toUri().toString());
        flink.setString("execution.checkpointing.storage", "filesystem");
        flink.setString(
                "execution.checkpointing.savepoint-dir",
                work.resolve("savepoints").toUri().toString());
        flink.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
        flink.setString("execution.checkpointing.num-retained", "2");
        flink.setString("jobmanager.execution.failover-strategy", "full");
        flink.setString("restart-strategy.type", "exponential-delay");
        flink.setString("pipeline.generic-types", "false");
        flink.setString("rest.bind-address", "127.0.0.1");
        // The BLOB server listens where the JobManager is bound, and asks nobody who he is.
        flink.setString("jobmanager.bind-host", settings.getOrDefault("jobmanager.bind-host", "127.0.0.1"));
        flink.setString("rest.bind-port", settings.getOrDefault("rest.bind-port", "" + LoopbackPorts.free()));
        flink.setString("taskmanager.numberOfTaskSlots", Integer.toString(config.parallelism()));
        flink.setString("taskmanager.memory.network.min", "32mb");
        flink.setString("taskmanager.memory.network.max", "32mb");
        SnapshotRepository snapshots =
                new SnapshotRepository(RemoteFileSystems.files(config.store().repository()));
        Optional<Path> checkpoint =
                snapshots.rollbacks().pending().isPresent() ? Optional.empty() : newestCheckpoint(checkpoints);
        checkpoint.ifPresent(path ->
                flink.setString("execution.state-recovery.path", path.toUri().toString()));
        settings.forEach(flink::setString);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, flink);
        LearnerJob.build(env, config);
        JobClient client = env.executeAsync("freshet-learner");
        return new Job(client, port(flink.getString("rest.bind-port", "0")));
    }

    /** The port that was asked for; the first one of a range. */
    private static int port(String wanted) {
        return Integer.parseInt(wanted.split("[-,]")[0].strip());
    }

    /** The newest checkpoint that was completed: only those have a metadata file. */
    public static Optional<Path> newestCheckpoint(Path checkpoints) throws IOException {
        try (Stream<Path> files = Files.walk(checkpoints.toRealPath(), 3)) {
            return files.filter(path -> path.getFileName().toString().equals("_metadata"))
                    .max(Comparator.comparingLong(path -> path.toFile().lastModified()))
                    .map(Path::getParent);
        }
    }
}
