package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.local.EmbeddedBroker;
import io.freshet.local.LoopbackPorts;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Flink cluster of real processes takes the job's jar and ends with the state that the one-JVM mode ends with. */
class StandaloneClusterIT {
    private static final int EVENTS = 4000;

    /** What a Flink distribution has in its lib folder; everything else must come with the job's jar. */
    private static final List<String> DISTRIBUTION = List.of(
            "flink-",
            "snakeyaml-engine",
            "kryo",
            "reflectasm",
            "objenesis",
            "minlog",
            "RoaringBitmap",
            "commons-math3",
            "jsr305",
            "commons-io",
            "commons-lang3",
            "commons-text",
            "commons-cli",
            "javassist",
            "snappy-java",
            "lz4-java",
            "slf4j-api",
            "log4j-",
            "commons-collections",
            "commons-compress",
            "commons-codec");

    @TempDir
    Path work;

    @Test
    void aStandaloneClusterRunsTheJobsJar() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            processes.run("replay", "replay", "--bootstrap-servers", servers, "--events", Integer.toString(EVENTS));
            String local = work.resolve("local").toString();
            processes.run(
                    "learn",
                    "learn",
                    "--bootstrap-servers",
                    servers,
                    "--work-dir",
                    local,
                    "--checkpoint-interval",
                    "500",
                    "--bounded");
            Manifest expected = new SnapshotRepository(work.resolve("local/snapshots"))
                    .latest()
                    .orElseThrow();

            Path conf = configuration();
            processes.java(
                    "jobmanager",
                    flink(
                            conf,
                            "256m",
                            "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
                            "--configDir",
                            conf.toString()));
            processes.java(
                    "taskmanager",
                    flink(
                            conf,
                            "600m",
                            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
                            "--configDir",
                            conf.toString()));
            Path repository = work.resolve("cluster/snapshots");
            submit(processes, conf, servers, repository);
            Manifest learned = awaitFrontier(repository, expected.frontier(), processes);
            assertThat(learned.tick()).isEqualTo(expected.tick());
            assertThat(learned.digests()).isEqualTo(expected.digests());
        }
    }

    private void submit(Processes processes, Path conf, String servers, Path repository) throws Exception {
        List<String> client = flink(
                conf,
                "256m",
                "org.apache.flink.client.cli.CliFrontend",
                "run",
                "-d",
                System.getProperty("freshet.job.jar"),
                "--set",
                "kafka.bootstrap-servers=" + servers,
                "--set",
                "topics.changes=freshet.changes.cluster",
                "--set",
                "store.repository=" + repository,
                "--set",
                "store.state-directory=" + work.resolve("cluster/state"));
        processes.run(
                "topic",
                "replay",
                "--bootstrap-servers",
                servers,
                "--topic",
                "freshet.changes.cluster",
                "--partitions",
                "1",
                "--events",
                "0");
        // The cluster needs a while; a client that comes too early is told so and comes again.
        for (int attempt = 0; ; attempt++) {
            Process process = processes.java("client", client, Map.of("FLINK_CONF_DIR", conf.toString()));
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            if (process.exitValue() == 0) {
                return;
            }
            assertThat(attempt)
                    .as("the last attempt: " + processes.output("client"))
                    .isLessThan(20);
            TimeUnit.SECONDS.sleep(1);
        }
    }

    private static Manifest awaitFrontier(Path repository, Map<Integer, Long> end, Processes processes)
            throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(150);
        while (System.nanoTime() < deadline) {
            try {
                var latest = new SnapshotRepository(repository).latest();
                if (latest.isPresent() && latest.get().frontier().equals(end)) {
                    return latest.get();
                }
            } catch (UncheckedIOException e) {
                // The learner removes old snapshots while we look; the next look finds the newer one.
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        throw new AssertionError("the cluster did not learn the log:\n" + processes.output("jobmanager")
                + processes.output("taskmanager"));
    }

    private List<String> flink(Path conf, String heap, String main, String... arguments) {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(StandaloneClusterIT::isOfTheDistribution)
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector", "-Xmx" + heap));
        for (String pack : List.of("lang", "util", "util.concurrent", "net", "io", "nio", "time")) {
            command.add("--add-opens=java.base/java." + pack + "=ALL-UNNAMED");
        }
        command.addAll(List.of("-Dlog4j2.level=WARN", "-cp", conf + File.pathSeparator + classPath, main));
        command.addAll(List.of(arguments));
        return command;
    }

    private static boolean isOfTheDistribution(String entry) {
        String name = Path.of(entry).getFileName().toString();
        return DISTRIBUTION.stream().anyMatch(name::startsWith)
                && !name.startsWith("flink-connector-kafka")
                && !name.startsWith("flink-jobs");
    }

    private Path configuration() throws IOException {
        Path conf = Files.createDirectories(work.resolve("conf"));
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
                        "taskmanager.numberOfTaskSlots: 1",
                        "taskmanager.cpu.cores: 2.0",
                        "taskmanager.memory.framework.heap.size: 128mb",
                        "taskmanager.memory.framework.off-heap.size: 128mb",
                        "taskmanager.memory.task.heap.size: 400mb",
                        "taskmanager.memory.task.off-heap.size: 64mb",
                        "taskmanager.memory.managed.size: 0mb",
                        "taskmanager.memory.network.min: 64mb",
                        "taskmanager.memory.network.max: 64mb",
                        "taskmanager.memory.jvm-metaspace.size: 256mb",
                        "taskmanager.memory.jvm-overhead.min: 192mb",
                        "taskmanager.memory.jvm-overhead.max: 192mb",
                        "jobmanager.execution.failover-strategy: full",
                        "execution.checkpointing.interval: 1 s",
                        "execution.checkpointing.storage: filesystem",
                        "execution.checkpointing.dir: "
                                + work.resolve("cluster-checkpoints").toUri(),
                        "pekko.ask.timeout: 60 s",
                        "heartbeat.timeout: 60000",
                        ""));
        return conf;
    }
}
