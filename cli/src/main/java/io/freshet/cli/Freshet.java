package io.freshet.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of the {@code freshet} command. */
@Command(
        name = "freshet",
        description = "A streaming online-learning recommender engine.",
        mixinStandardHelpOptions = true,
        version = "freshet 0.1.0-SNAPSHOT",
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
            DoctorCommand.class
        })
public final class Freshet {
    private Freshet() {}

    /** Runs a command and exits with its code: 0 ok, 1 failed, 2 usage. */
    public static void main(String[] args) {
        CommandLine command = new CommandLine(new Freshet()).setCaseInsensitiveEnumValuesAllowed(true);
        command.setExecutionExceptionHandler((e, line, parsed) -> {
            line.getErr().println("freshet: " + explain(e));
            if (Boolean.getBoolean("freshet.trace")) {
                e.printStackTrace(line.getErr());
            }
            return 1;
        });
        System.exit(command.execute(args));
    }

    /** The outermost message, and the innermost, which says what really happened. */
    private static String explain(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root == e ? String.valueOf(e.getMessage()) : e.getMessage() + ": " + root.getMessage();
    }
}
