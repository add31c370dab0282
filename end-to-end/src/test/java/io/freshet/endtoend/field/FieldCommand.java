package io.freshet.endtoend.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A command that was started, with what it prints in a file. */
final class FieldCommand implements AutoCloseable {
    /** What a refusal must have besides the facts: something that the reader can do. */
    static final String WAY_OUT = "--[a-z]|start (over|again|anew|without|with)\\b|[a-z]=[a-z]"
            + "|new (work |state )?director|\\bset \\b|\\bremove\\b|\\bdelete\\b|\\buse \\b";

    private static final int SHOWN_LINES = 30;

    private final String line;
    private final Process process;
    private final Path output;
    private final long started = System.nanoTime();

    private FieldCommand(String line, Process process, Path output) {
        this.line = line;
        this.process = process;
        this.output = output;
    }

    /**
     * Starts a process.
     *
     * @param line what a user would have typed, for failures
     * @param output file for what it prints
     */
    static FieldCommand start(String line, List<String> command, Map<String, String> environment, Path output)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        return new FieldCommand(line, builder.start(), output);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Its exit code; fails if it does not end in time. */
    int awaitEnd(int seconds) throws Exception {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            throw new AssertionError("did not end within " + seconds + " s\n" + story());
        }
        return process.exitValue();
    }

    /** Fails unless it ends in (twice the usual) time with exit code 0, having printed something for each pattern. */
    FieldCommand succeeded(String... patterns) throws Exception {
        int code = awaitEnd(2 * Waiting.PATIENCE);
        assertThat(code).as(() -> "exit code; expected 0\n" + story()).isZero();
        return printed(patterns);
    }

    /** Fails unless it ends in time with another exit code than 0, having printed something for each pattern. */
    FieldCommand failed(String... patterns) throws Exception {
        int code = awaitEnd(Waiting.PATIENCE);
        assertThat(code)
                .as(() -> "exit code; expected a refusal or failure\n" + story())
                .isNotZero();
        return printed(patterns);
    }

    /** Fails unless something was printed for each pattern, in any case. */
    FieldCommand printed(String... patterns) throws IOException {
        String text = output();
        for (String pattern : patterns) {
            assertThat(matches(text, pattern))
                    .as(() -> "printed something for /" + pattern + "/\n" + story())
                    .isTrue();
        }
        return this;
    }

    /** Waits until something is printed for the pattern, in any case. */
    FieldCommand awaitPrinted(String pattern, int seconds) throws Exception {
        Waiting.of("something printed for /" + pattern + "/", seconds)
                .whileRuns(this)
                .until(this::output, text -> matches(text, pattern));
        return this;
    }

    private static boolean matches(String text, String pattern) {
        return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE).matcher(text).find();
    }

    String output() throws IOException {
        return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
    }

    /** The command, how it is, and the end of what it printed. */
    String story() {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started);
        String state = process.isAlive() ? "runs" : "ended with exit code " + process.exitValue();
        try {
            List<String> lines = output().lines().toList();
            List<String> shown = lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size());
            return "command: " + line + "\n" + state + ", " + seconds + " s after its start; it printed " + lines.size()
                    + " lines, the last:\n    " + String.join("\n    ", shown);
        } catch (IOException e) {
            return "command: " + line + "\n" + state + "; its output cannot be read: " + e;
        }
    }

    /** Ends it as an operator would. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(15, TimeUnit.SECONDS)) {
            kill();
        }
    }

    /** Ends it without a chance to do anything. */
    void kill() throws InterruptedException {
        boolean unused = process.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
