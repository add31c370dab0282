package io.freshet.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Java processes of a test, with their output in files; those still alive are ended when it closes. */
final class Processes implements AutoCloseable {
    private final Path work;
    private final List<Process> started = new ArrayList<>();

    Processes(Path work) {
        this.work = work;
    }

    /** A freshet command; its output goes to {@code <name>.out}. */
    Process freshet(String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector", "-Xmx700m"));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("io.freshet.cli.Freshet");
        command.addAll(List.of(arguments));
        return java(name, command);
    }

    /** A Java process. */
    Process java(String name, List<String> arguments) throws IOException {
        return java(name, arguments, Map.of());
    }

    /** A Java process with more environment. */
    Process java(String name, List<String> arguments, Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(work.resolve(name + ".out").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** Runs a freshet command to its end; gives its output. */
    String run(String name, String... arguments) throws Exception {
        Process process = freshet(name, arguments);
        if (!process.waitFor(180, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new AssertionError(name + " did not end well:\n" + output(name));
        }
        return output(name);
    }

    String output(String name) throws IOException {
        return Files.readString(work.resolve(name + ".out"));
    }

    /** When the newest completed checkpoint was written, ms since the epoch; 0 if there is none. */
    static long newestCheckpoint(Path checkpoints) throws IOException {
        if (!Files.isDirectory(checkpoints)) {
            return 0;
        }
        try (var files = Files.walk(checkpoints, 3)) {
            return files.filter(path -> path.getFileName().toString().equals("_metadata"))
                    .mapToLong(path -> path.toFile().lastModified())
                    .max()
                    .orElse(0);
        } catch (UncheckedIOException e) {
            // Flink removes old checkpoints while we look.
            return 0;
        }
    }

    @Override
    public void close() {
        for (Process process : started) {
            process.destroyForcibly();
            try {
                process.waitFor(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
