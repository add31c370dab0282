package io.freshet.endtoend.field;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/** What one test has: names of its own on the shared broker, a directory, and whatever it started, ended with it. */
final class Field implements AutoCloseable {
    private final String servers;
    private final String name;
    private final Path work;
    private final Admin admin;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private boolean quickStart = true;
    private int names;

    Field(String servers, String name) throws IOException {
        this.servers = servers;
        this.name = name;
        work = Files.createTempDirectory("freshet-field-" + name + "-").toRealPath();
        admin = Admin.create(Map.of("bootstrap.servers", servers));
    }

    /** The broker's address. */
    String servers() {
        return servers;
    }

    /** The test's own directory. */
    Path work() {
        return work;
    }

    Admin admin() {
        return admin;
    }

    /** Commands compile all they can from here on; without it they start faster and compute slower. */
    Field atFullSpeed() {
        quickStart = false;
        return this;
    }

    /** A name that nothing else has. */
    String unique(String what) {
        return what + "-" + name + "-" + ++names;
    }

    /** Closes something when the test is over, last opened first. */
    <C extends AutoCloseable> C closing(C what) {
        opened.push(what);
        return what;
    }

    /** Makes a topic of events. */
    FieldLog log(int partitions) throws Exception {
        return FieldLog.make(this, unique("events"), partitions);
    }

    /** A learner of a log, with a work directory and topics of its own; not started. */
    FieldLearner learner(FieldLog log) throws Exception {
        return new FieldLearner(this, log.topic());
    }

    /** A file with this text. */
    Path file(String fileName, String text) throws IOException {
        return Files.writeString(work.resolve(fileName), text);
    }

    /** Starts a freshet command. */
    FieldCommand freshet(String... arguments) throws IOException {
        return freshet(Map.of(), arguments);
    }

    /** Starts a freshet command with more environment. */
    FieldCommand freshet(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-Xmx640m", "-XX:+UseSerialGC"));
        if (quickStart) {
            command.add("-XX:TieredStopAtLevel=1");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.freshet.cli.Freshet"));
        command.addAll(List.of(arguments));
        return start("freshet " + String.join(" ", arguments), command, environment);
    }

    /** Starts any command. */
    FieldCommand start(String line, List<String> command, Map<String, String> environment) throws IOException {
        return closing(FieldCommand.start(line, command, environment, work.resolve(unique("out") + ".txt")));
    }

    /** The test's class path for a script: what the launcher finds in a built tree. */
    static List<Path> classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .toList();
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        opened.addLast(admin);
        for (AutoCloseable one : opened) {
            try {
                one.close();
            } catch (Exception e) {
                failure = new IOException("cannot close " + one + ": " + e, e);
            }
        }
        delete(work);
        if (failure != null) {
            throw failure;
        }
    }
}
