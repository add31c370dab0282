package io.freshet.local;

import io.freshet.store.directory.DirectoryLock;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/** A real Kafka broker (KRaft, broker and controller in one) inside this JVM, on loopback only. */
public final class EmbeddedBroker implements AutoCloseable {
    /** In a JVM that does other things too, silence says little. */
    private static final int PATIENT_MILLIS = 60_000;

    private final DirectoryLock directory;
    private final KafkaRaftServer server;
    private final String bootstrapServers;

    private EmbeddedBroker(DirectoryLock directory, KafkaRaftServer server, String bootstrapServers) {
        this.directory = directory;
        this.server = server;
        this.bootstrapServers = bootstrapServers;
    }

    /**
     * One more address of a broker on loopback.
     *
     * @param name upper-case letters and digits; not that of another listener
     * @param port port that the broker listens on
     * @param advertised port that its clients are told to use: that of whatever stands between them and the broker
     */
    public record Listener(String name, int port, int advertised) {}

    /**
     * Starts a broker.
     *
     * @param directory its log directory; formatted if it is new, else the broker goes on with what is there
     * @param port port to listen on; 0 for any free one
     */
    public static EmbeddedBroker start(Path directory, int port) throws Exception {
        return start(directory, port, List.of(), PATIENT_MILLIS);
    }

    /**
     * Starts a broker that may listen at more than one address, and may be killed.
     *
     * @param directory its log directory; formatted if it is new, else the broker goes on with what is there
     * @param port port to listen on; 0 for any free one
     * @param more listeners besides that one
     * @param sessionMillis how long the controller holds the place of a broker that is gone: one that starts again on
     *     the same directory is taken up only then, and one that is silent for longer is fenced until it speaks again
     * @throws IOException naming the port, if somebody else has it
     */
    public static EmbeddedBroker start(Path directory, int port, List<Listener> more, int sessionMillis)
            throws Exception {
        List<Listener> listeners = new ArrayList<>();
        int listen = port == 0 ? LoopbackPorts.free() : port;
        listeners.add(new Listener("PLAINTEXT", listen, listen));
        listeners.addAll(more);
        Files.createDirectories(directory);
        // Kafka looks for its own lock only when it has opened the log of its metadata, and damages it by that.
        DirectoryLock lock = DirectoryLock.take(directory, "broker's directory", "is a Kafka broker on port " + listen);
        try {
            for (Listener one : listeners) {
                requireFree(one.port());
            }
            KafkaRaftServer server = started(directory, listeners, sessionMillis);
            return new EmbeddedBroker(lock, server, "127.0.0.1:" + listen);
        } catch (Exception | Error e) {
            lock.close();
            throw e;
        }
    }

    /** Kafka says it too, on a hundred lines, and leaves half a broker behind. */
    private static void requireFree(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            socket.getLocalPort();
        } catch (BindException e) {
            throw new IOException(
                    "port " + port + " on 127.0.0.1 is taken (" + e.getMessage()
                            + "): choose another one, or end who has it",
                    e);
        }
    }

    private static KafkaRaftServer started(Path directory, List<Listener> listeners, int sessionMillis)
            throws Exception {
        int controller = LoopbackPorts.free();
        if (!Files.exists(directory.resolve("meta.properties"))) {
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setNodeId(1)
                    .setClusterId(Uuid.randomUuid().toString())
                    .addDirectory(directory.toString())
                    .setMetadataLogDirectory(directory.toString())
                    .setControllerListenerName("CONTROLLER")
                    .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .run();
        }
        Properties properties = new Properties();
        properties.putAll(settings(directory, listeners, controller, sessionMillis));
        KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
        server.startup();
        return server;
    }

    private static String join(List<Listener> listeners, Function<Listener, String> text) {
        return listeners.stream().map(text).collect(Collectors.joining(","));
    }

    private static Map<String, String> settings(
            Path directory, List<Listener> listeners, int controller, int sessionMillis) {
        return Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", "1"),
                Map.entry("controller.quorum.voters", "1@127.0.0.1:" + controller),
                Map.entry(
                        "listeners",
                        join(listeners, one -> one.name() + "://127.0.0.1:" + one.port()) + ",CONTROLLER://127.0.0.1:"
                                + controller),
                Map.entry(
                        "advertised.listeners",
                        join(listeners, one -> one.name() + "://127.0.0.1:" + one.advertised())),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("inter.broker.listener.name", "PLAINTEXT"),
                Map.entry(
                        "listener.security.protocol.map",
                        join(listeners, one -> one.name() + ":PLAINTEXT") + ",CONTROLLER:PLAINTEXT"),
                Map.entry("log.dirs", directory.toString()),
                Map.entry("broker.session.timeout.ms", Integer.toString(sessionMillis)),
                Map.entry("broker.heartbeat.interval.ms", Integer.toString(Math.min(2000, sessionMillis / 8))),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("offsets.topic.num.partitions", "4"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("transaction.state.log.num.partitions", "4"),
                Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                Map.entry("share.coordinator.state.topic.min.isr", "1"),
                Map.entry("group.initial.rebalance.delay.ms", "0"),
                Map.entry("auto.create.topics.enable", "false"),
                // A replay keeps the times of its events, which may be years ago: nothing expires by age.
                Map.entry("log.retention.ms", "-1"),
                Map.entry("num.network.threads", "2"),
                Map.entry("num.io.threads", "2"),
                Map.entry("log.cleaner.dedupe.buffer.size", "4194304"),
                Map.entry("controlled.shutdown.enable", "false"));
    }

    /** Address for clients, host:port. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    @Override
    public void close() {
        try {
            server.shutdown();
            server.awaitShutdown();
        } finally {
            giveBack(directory);
        }
    }

    private static void giveBack(DirectoryLock directory) {
        try {
            directory.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the broker's directory cannot be given back", e);
        }
    }
}
