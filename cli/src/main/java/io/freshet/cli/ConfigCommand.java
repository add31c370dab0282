package io.freshet.cli;

import io.freshet.job.JobConfigFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks at the configuration. */
@Command(
        name = "config",
        description = "Shows and checks the configuration.",
        mixinStandardHelpOptions = true,
        subcommands = {ConfigCommand.Print.class, ConfigCommand.Check.class, ConfigCommand.Schema.class})
final class ConfigCommand implements Runnable {
    @Override
    public void run() {
        throw new picocli.CommandLine.ParameterException(
                new picocli.CommandLine(this), "say what to do: print, check or schema");
    }

    /** Where a configuration comes from. */
    static final class Sources {
        @Option(names = "--config", description = "YAML file, root 'freshet:'")
        private @Nullable Path file;

        @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a key below freshet")
        private Map<String, String> set = Map.of();

        JobConfigFile load() throws java.io.IOException {
            return JobConfigFile.load(file, System.getenv(), set);
        }
    }

    /** Every key, its value and where that comes from. */
    @Command(
            name = "print",
            description = "Prints every key with its value and origin; secrets are masked.",
            mixinStandardHelpOptions = true,
            footer = "Example: FRESHET__TICK__LENGTH='500 ms' freshet config print --config freshet.yaml")
    static final class Print implements Callable<Integer> {
        @Mixin
        private Sources sources = new Sources();

        @Override
        public Integer call() throws Exception {
            for (JobConfigFile.Setting setting : sources.load().settings()) {
                System.out.printf("%-36s %-28s %s%n", "freshet." + setting.key(), setting.shown(), setting.origin());
            }
            return 0;
        }
    }

    /** Whether a job would take it. */
    @Command(
            name = "check",
            description = "Says whether a job would take the configuration.",
            mixinStandardHelpOptions = true)
    static final class Check implements Callable<Integer> {
        @Mixin
        private Sources sources = new Sources();

        @Override
        public Integer call() throws Exception {
            sources.load().toJobConfig();
            System.out.println("the configuration is valid");
            return 0;
        }
    }

    /** The reference page. */
    @Command(
            name = "schema",
            description = "Prints every key with its default and meaning, as Markdown.",
            mixinStandardHelpOptions = true)
    static final class Schema implements Callable<Integer> {
        @Override
        public Integer call() {
            System.out.print(JobConfigFile.reference());
            return 0;
        }
    }
}
