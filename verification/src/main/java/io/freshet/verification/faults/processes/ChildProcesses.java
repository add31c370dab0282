package io.freshet.verification.faults.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Java processes of a run, each with its output in a file. Those still alive are ended when it closes, and when this
 * process is told to end before.
 */
public final class ChildProcesses implements AutoCloseable {
    private final Path work;
    private final List<Process> started = new ArrayList<>();
    private final Thread hook = new Thread(this::killAll);
    private int number;

    public ChildProcesses(Path work) {
        this.work = work;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * A process of this JVM's class path that has no loop worth the second compiler.
     *
     * @param name its output's file begins with it
     * @param heap most of it
     */
    public Process light(String name, String heap, String main, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx" + heap));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(arguments);
        return java(name, command, Map.of());
    }

    /** A freshet command that computes. */
    public Process freshet(String name, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector", "-Xmx500m"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.freshet.cli.Freshet"));
        command.addAll(arguments);
        return java(name, command, Map.of());
    }

    /** A process of the same Java. */
    public synchronized Process java(String name, List<String> arguments, Map<String, String> environment)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(work.resolve(name + "-" + ++number + ".out").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    /** Sends a signal, {@code STOP} or {@code CONT}. */
    public static void signal(Process process, String signal) throws Exception {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** What processes of a name have written. */
    public String output(String name) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(work)) {
            for (Path file : files.filter(path -> path.getFileName().toString().matches(name + "-\\d+\\.out"))
                    .sorted()
                    .toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    /** Waits until processes of a name have said something. */
    public void awaitOutput(String name, String said, Process process, int seconds) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!output(name).contains(said)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException(name + " did not say '" + said + "' within " + seconds + " s"
                        + (process.isAlive() ? "" : ", it ended with " + process.exitValue()) + "; see " + work);
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private synchronized void killAll() {
        started.forEach(Process::destroyForcibly);
    }

    @Override
    public synchronized void close() {
        killAll();
        for (Process process : started) {
            try {
                boolean unused = process.waitFor(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The shutdown has begun; the hook has nothing to do any more.
        }
    }
}
