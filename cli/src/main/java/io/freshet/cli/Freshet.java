package io.freshet.cli;

import io.freshet.cli.data.BrokerCommand;
import io.freshet.cli.data.EventsCommand;
import io.freshet.cli.data.ReplayCommand;
import io.freshet.cli.demo.DemoCommand;
import io.freshet.cli.evaluate.EvaluateCommand;
import io.freshet.cli.learn.AuditCommand;
import io.freshet.cli.learn.LearnCommand;
import io.freshet.cli.models.ModelsCommand;
import io.freshet.cli.models.StoreCommand;
import io.freshet.cli.options.ExitCode;
import io.freshet.cli.serve.ScoringCommands;
import io.freshet.cli.serve.ServeCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of the {@code freshet} command. */
@Command(
        name = "freshet",
        description = "A streaming online-learning recommender engine.",
        mixinStandardHelpOptions = true,
        version = "freshet 0.1.0-SNAPSHOT",
        footer = {
            "Exit codes: 0 ok, 1 failed, 2 usage, 3 not ready, 4 not let in, 5 timeout, 6 refused.",
            "FRESHET_JAVA_OPTS holds options for Java, such as -Xmx4g; -Dfreshet.trace=true adds stack traces."
        },
        subcommands = {
            DemoCommand.class,
            ReplayCommand.class,
            BrokerCommand.class,
            LearnCommand.class,
            ServeCommand.class,
            ScoringCommands.Recommend.class,
            ScoringCommands.Score.class,
            ScoringCommands.Similar.class,
            EvaluateCommand.class,
            EventsCommand.class,
            ConfigCommand.class,
            ModelsCommand.class,
            StoreCommand.class,
            AuditCommand.class,
            DoctorCommand.class,
            BenchCommand.class
        })
public final class Freshet {
    private Freshet() {}

    /** Runs a command and exits with its code; {@link ExitCode} says what the codes mean. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The command with all its subcommands, as {@link #main} runs it. */
    static CommandLine commandLine() {
        CommandLine command = new CommandLine(new Freshet()).setCaseInsensitiveEnumValuesAllowed(true);
        command.setExecutionExceptionHandler((e, line, parsed) -> {
            line.getErr().println("freshet: " + ExitCode.explain(e));
            if (Boolean.getBoolean("freshet.trace")) {
                e.printStackTrace(line.getErr());
            }
            return ExitCode.of(e);
        });
        showDefaults(command);
        return command;
    }

    private static void showDefaults(CommandLine command) {
        command.getCommandSpec().usageMessage().showDefaultValues(true);
        command.getSubcommands().values().forEach(Freshet::showDefaults);
    }
}
