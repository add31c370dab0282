package io.freshet.job;

import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Main class of the job's jar: {@code flink run flink-jobs-job.jar --config freshet.yaml --set tick.length=500ms}.
 * What the cluster's configuration leaves open, it sets: a checkpoint every ten seconds, exponential-delay restarts.
 */
public final class LearnerMain {
    private LearnerMain() {}

    /** Submits the job. */
    public static void main(String[] args) throws Exception {
        Path file = null;
        Map<String, String> flags = new TreeMap<>();
        for (int i = 0; i < args.length; i++) {
            String value = i + 1 < args.length ? args[i + 1] : null;
            if (args[i].equals("--config") && value != null) {
                file = Path.of(value);
            } else if (args[i].equals("--set") && value != null && value.indexOf('=') > 0) {
                flags.put(value.substring(0, value.indexOf('=')), value.substring(value.indexOf('=') + 1));
            } else {
                throw new IllegalArgumentException(
                        "usage: [--config FILE] [--set KEY=VALUE]...; cannot read '" + args[i] + "'");
            }
            i++;
        }
        submit(JobConfigFile.load(file, System.getenv(), flags).toJobConfig());
    }

    private static void submit(JobConfig config) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        Configuration missing = new Configuration();
        if (!env.getCheckpointConfig().isCheckpointingEnabled()) {
            missing.setString("execution.checkpointing.interval", "10 s");
        }
        if (!env.getConfiguration().toMap().containsKey("restart-strategy.type")) {
            missing.setString("restart-strategy.type", "exponential-delay");
        }
        missing.setString("pipeline.generic-types", "false");
        env.configure(missing);
        LearnerJob.build(env, config);
        env.execute("freshet-learner");
    }
}
