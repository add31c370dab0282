package io.freshet.cli.options;

import io.freshet.cli.log.Brokers;
import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options of every command that reads the configuration; a flag wins over all its sources. */
public final class ConfigOptions {
    @Option(names = "--config", paramLabel = "FILE", description = "YAML file; see 'freshet config print'")
    private @Nullable Path file;

    @Option(
            names = "--set",
            showDefaultValue = Visibility.NEVER,
            paramLabel = "KEY=VALUE",
            description = "a key of the configuration, below freshet")
    private Map<String, String> set = new TreeMap<>();

    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            description = "brokers; wins over kafka.bootstrap-servers, which is 127.0.0.1:9092 where nothing is set")
    private @Nullable String bootstrapServers;

    /** Adds the key that an option of a command stands for, if it was given. */
    public static void put(Map<String, String> flags, String key, @Nullable String value) {
        if (value != null) {
            flags.put(key, value);
        }
    }

    /**
     * The configuration.
     *
     * @param flags keys that other options of the command stand for
     * @throws UsageException naming the key or file that is wrong
     */
    public JobConfigFile load(Map<String, String> flags) throws IOException {
        Map<String, String> all = new TreeMap<>(set);
        all.putAll(flags);
        if (bootstrapServers != null) {
            all.put("kafka.bootstrap-servers", bootstrapServers);
        }
        if (file != null && !Files.isReadable(file)) {
            throw new UsageException("there is no configuration file " + file + " that can be read");
        }
        try {
            return JobConfigFile.load(file, System.getenv(), all);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The same, without the keys of flags: what a flag replaces. */
    public JobConfigFile withoutFlags() throws IOException {
        return load(Map.of());
    }

    /** A job's whole configuration. */
    public static JobConfig job(JobConfigFile config) {
        try {
            return config.toJobConfig();
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The brokers, with the settings that every client gets. */
    public static Brokers brokers(JobConfigFile config) {
        try {
            return new Brokers(config.value("kafka.bootstrap-servers"), config.kafkaProperties());
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }
}
