package io.freshet.cli;

import io.freshet.cli.options.ConfigOptions;
import io.freshet.cli.options.UsageException;
import io.freshet.job.config.JobConfigFile;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Looks at the configuration. */
@Command(
        name = "config",
        description = "Shows and checks the configuration.",
        mixinStandardHelpOptions = true,
        subcommands = {ConfigCommand.Print.class, ConfigCommand.Check.class, ConfigCommand.Schema.class})
final class ConfigCommand implements Runnable {
    @Override
    public void run() {
        throw new UsageException("config: say what to do: print, check or schema");
    }

    /** Every key, its value and where that comes from. */
    @Command(
            name = "print",
            description = "Prints every key with its value and origin; secrets are masked.",
            mixinStandardHelpOptions = true,
            footer = "Example: FRESHET__TICK__LENGTH='500 ms' freshet config print --config freshet.yaml")
    static final class Print implements Callable<Integer> {
        @Mixin
        private ConfigOptions options = new ConfigOptions();

        @Override
        public Integer call() throws Exception {
            for (JobConfigFile.Setting setting : options.load(Map.of()).settings()) {
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
        private ConfigOptions options = new ConfigOptions();

        @Override
        public Integer call() throws Exception {
            ConfigOptions.job(options.load(Map.of()));
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
