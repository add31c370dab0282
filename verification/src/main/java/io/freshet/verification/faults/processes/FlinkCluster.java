package io.freshet.verification.faults.processes;

import io.freshet.local.LocalCluster;
import io.freshet.local.LoopbackPorts;
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

/** A Flink cluster of processes without a distribution: a JobManager, TaskManagers of two slots each, and a client. */
public final class FlinkCluster implements AutoCloseable {
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

    /** Flags of processes that start often and compute little. */
    private static final List<String> LIGHT = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private final Path work;
    private final Path conf;
    private final ChildProcesses children;
    private final FaultyProxy toJobManager;
    private final JobView view;
    private int taskManagersStarted;

    public FlinkCluster(Path work, ChildProcesses children) throws IOException {
        this.work = work;
        this.children = children;
        conf = Files.createDirectories(work.resolve("conf"));
        int rest = LoopbackPorts.free();
        int rpc = LoopbackPorts.free();
        toJobManager = new FaultyProxy(rpc);
        view = new JobView(rest);
        Files.writeString(conf.resolve("log4j2.properties"), logging());
        Files.writeString(conf.resolve("config.yaml"), settings(rest, rpc));
    }

    /** What the processes log: changes of state, and what Freshet says. */
    private static String logging() {
        return String.join(
                "\n",
                "appender.console.type = Console",
                "appender.console.name = console",
                "appender.console.layout.type = PatternLayout",
                "appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1}: %m%n",
                "rootLogger.level = warn",
                "rootLogger.appenderRef.console.ref = console",
                "logger.states.name = org.apache.flink.runtime.executiongraph",
                "logger.states.level = info",
                "logger.freshet.name = io.freshet",
                "logger.freshet.level = info",
                "");
    }

    /** Settings of all processes. */
    private String settings(int rest, int rpc) {
        return String.join(
                "\n",
                "jobmanager.rpc.address: 127.0.0.1",
                "jobmanager.rpc.port: " + toJobManager.port(),
                "jobmanager.rpc.bind-port: " + rpc,
                "jobmanager.bind-host: 127.0.0.1",
                "rest.address: 127.0.0.1",
                "rest.bind-address: 127.0.0.1",
                "rest.port: " + rest,
                "rest.bind-port: \"" + rest + "\"",
                "web.refresh-interval: 5",
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
                "");
    }

    /** What stands between TaskManagers and JobManager. */
    public FaultyProxy toJobManager() {
        return toJobManager;
    }

    public JobView view() {
        return view;
    }

    Path checkpoints() {
        return work.resolve("checkpoints");
    }

    /** Whether a checkpoint was ever completed. */
    public boolean hasCheckpoint() throws IOException {
        return !newestCheckpoint().isEmpty();
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

    public Process jobManager() throws IOException {
        return flink(
                "jobmanager", "200m", LIGHT, "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint");
    }

    /** Starts a TaskManager in a place, in which none runs. */
    public Process taskManager(int place) throws IOException {
        return flink(
                "taskmanager",
                "500m",
                List.of(),
                "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
                "-D",
                "taskmanager.resource-id=" + place + "-" + ++taskManagersStarted);
    }

    /** Place of the TaskManager of an id. */
    public static int number(String id) {
        return Integer.parseInt(id.substring(0, id.indexOf('-')));
    }

    private Process flink(String name, String heap, List<String> flags, String main, String... more)
            throws IOException {
        List<String> command = flinkCommand(heap, flags, main);
        command.addAll(List.of("--configDir", conf.toString()));
        command.addAll(List.of(more));
        return children.java(name, command, Map.of());
    }

    private List<String> flinkCommand(String heap, List<String> flags, String main) {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(FlinkCluster::isOfTheDistribution)
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector", "-Xmx" + heap));
        command.addAll(flags);
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
    public void submit(Path jar, Map<String, String> settings) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (true) {
            List<String> command = flinkCommand("200m", LIGHT, "org.apache.flink.client.cli.CliFrontend");
            command.addAll(List.of("run", "-d"));
            command.addAll(newestCheckpoint());
            command.add(jar.toString());
            settings.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
            Process client = children.java("client", command, Map.of("FLINK_CONF_DIR", conf.toString()));
            if (client.waitFor(60, TimeUnit.SECONDS) && client.exitValue() == 0) {
                return;
            }
            client.destroyForcibly().waitFor();
            // It may have come through before it lost the JobManager.
            if (view.exists()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the job could not be submitted; see " + work);
            }
            TimeUnit.MILLISECONDS.sleep(300);
        }
    }

    @Override
    public void close() {
        toJobManager.close();
    }
}
