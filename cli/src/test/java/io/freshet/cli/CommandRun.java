package io.freshet.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/**
 * A command that ran in this JVM.
 *
 * @param code its exit code
 * @param out what it printed to both streams
 */
public record CommandRun(int code, String out) {
    /** Runs {@code freshet} with these arguments, and takes what it prints. */
    public static CommandRun of(String... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = System.out;
        PrintStream err = System.err;
        try (PrintStream captured = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(captured);
            System.setErr(captured);
            CommandLine line = Freshet.commandLine();
            PrintWriter writer = new PrintWriter(captured, true);
            line.setOut(writer).setErr(writer);
            int code = line.execute(arguments);
            writer.flush();
            return new CommandRun(code, bytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
