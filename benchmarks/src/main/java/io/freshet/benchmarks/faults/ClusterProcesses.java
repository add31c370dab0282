package io.freshet.benchmarks.faults;

import io.freshet.cli.LocalCluster;
import io.freshet.cli.LoopbackPorts;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Processes of a run, each with its output in a file; those still alive are ended when it closes. */
final class ClusterProcesses implements AutoCloseable {
    /** What a Flink distribution has in its lib folder; everything else must come with the job's jar. */
    private static final List<String> DISTRIBUTION = List.of(
            "flink-",
            "snakeyaml-engine",
            "kryo",
            "reflectasm",
            "objenesis",
            "minlog",
            "RoaringBitmap",
            "commons-",
            "jsr305",
            "javassist",
            "snappy-java",
            "lz4-java",
            "slf4j-api",
            "log4j-");

    private final Path work;
    private final Path conf;
    private final List<Process> started = new ArrayList<>();
    private int number;

    ClusterProcesses(Path work) throws IOException {
        this.work = work;
        conf = Files.createDirectories(work.resolve("conf"));
        int rest = LoopbackPorts.free();
        Files.writeString(
                conf.resolve("config.yaml"),
                String.join(
                        "\n",
                        "jobmanager.rpc.address: 127.0.0.1",
                        "jobmanager.rpc.port: " + LoopbackPorts.free(),
                        "jobmanager.bind-host: 127.0.0.1",
                        "rest.address: 127.0.0.1",
                        "rest.bind-address: 127.0.0.1",
                        "rest.port: " + rest,
                        "rest.bind-port: \"" + rest + "\"",
                        "taskmanager.host: 127.0.0.1",
                        "taskmanager.bind-host: 127.0.0.1",
                        "taskmanager.numberOfTaskSlots: 2",
                        "taskmanager.load-balance.mode: SLOTS",
                        "taskmanager.cpu.cores: 2.0",
                        "taskmanager.memory.framework.heap.size: 96mb",
                        "taskmanager.memory.framework.off-heap.size: 96mb",
                        "taskmanager.memory.task.heap.size: 350mb",
                        "taskmanager.memory.task.off-heap.size: 64mb",
                        "taskmanager.memory.managed.size: 0mb",
                        "taskmanager.memory.network.min: 32mb",
                        "taskmanager.memory.network.max: 32mb",
                        "taskmanager.memory.jvm-metaspace.size: 256mb",
                        "taskmanager.memory.jvm-overhead.min: 192mb",
                        "taskmanager.memory.jvm-overhead.max: 192mb",
                        "jobmanager.execution.failover-strategy: full",
                        "restart-strategy.type: fixed-delay",
                        "restart-strategy.fixed-delay.attempts: 1000",
                        "restart-strategy.fixed-delay.delay: 500 ms",
                        "slot.request.timeout: 60000",
                        "execution.checkpointing.interval: 1 s",
                        "execution.checkpointing.storage: filesystem",
                        "execution.checkpointing.num-retained: 2",
                        "execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION",
                        "execution.checkpointing.dir: " + checkpoints().toUri(),
                        "pekko.ask.timeout: 30 s",
                        "heartbeat.interval: 1000",
                        "heartbeat.timeout: 8000",
                        ""));
    }

    Path checkpoints() {
        return work.resolve("checkpoints");
    }

    /** The client's flags for going on from the newest completed checkpoint, if there is one. */
    private List<String> newestCheckpoint() throws IOException {
        while (Files.isDirectory(checkpoints())) {
            try {
                return LocalCluster.newestCheckpoint(checkpoints())
                        .map(path -> List.of("-s", path.toUri().toString()))
                        .orElse(List.of());
            } catch (UncheckedIOException e) {
                // Flink removes old checkpoints while we look; the next look finds the newer one.
                continue;
            }
        }
        return List.of();
    }

    Process jobManager() throws IOException {
        return flink("jobmanager", "200m", "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint");
    }

    Process taskManager() throws IOException {
        return flink("taskmanager", "500m", "org.apache.flink.runtime.taskexecutor.TaskManagerRunner");
    }

    private Process flink(String name, String heap, String main) throws IOException {
        List<String> command = flinkCommand(heap, main);
        command.addAll(List.of("--configDir", conf.toString()));
        return start(name, command, Map.of());
    }

    private List<String> flinkCommand(String heap, String main) {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(ClusterProcesses::isOfTheDistribution)
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector", "-Xmx" + heap));
        for (String pack : List.of("lang", "util", "util.concurrent", "net", "io", "nio", "time")) {
            command.add("--add-opens=java.base/java." + pack + "=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", conf + File.pathSeparator + classPath, main));
        return command;
    }

    private static boolean isOfTheDistribution(String entry) {
        String name = Path.of(entry).getFileName().toString();
        return DISTRIBUTION.stream().anyMatch(name::startsWith)
                && !name.startsWith("flink-connector-kafka")
                && !name.startsWith("flink-jobs");
    }

    /** Submits the job, from the newest checkpoint if there is one; tries again while the cluster is starting. */
    void submit(Path jar, Map<String, String> settings) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (true) {
            List<String> command = flinkCommand("200m", "org.apache.flink.client.cli.CliFrontend");
            command.addAll(List.of("run", "-d"));
            command.addAll(newestCheckpoint());
            command.add(jar.toString());
            settings.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
            String name = "client";
            Process client = start(name, command, Map.of("FLINK_CONF_DIR", conf.toString()));
            if (client.waitFor(60, TimeUnit.SECONDS) && client.exitValue() == 0) {
                return;
            }
            client.destroyForcibly();
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the job could not be submitted; see " + work);
            }
            TimeUnit.MILLISECONDS.sleep(300);
        }
    }

    /** A freshet command. */
    Process freshet(String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector", "-Xmx500m"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.freshet.cli.Freshet"));
        command.addAll(List.of(arguments));
        return start(name, command, Map.of());
    }

    private Process start(String name, List<String> arguments, Map<String, String> environment) throws IOException {
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
    static void signal(Process process, String signal) throws Exception {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** What processes of a name have written. */
    String output(String name) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(work)) {
            for (Path file : files.filter(path -> path.getFileName().toString().startsWith(name + "-"))
                    .sorted()
                    .toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
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
