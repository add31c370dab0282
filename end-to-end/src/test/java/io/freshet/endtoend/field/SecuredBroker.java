package io.freshet.endtoend.field;

import io.freshet.local.LoopbackPorts;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/** A broker that takes nobody without a name and a password (SASL, PLAIN). */
final class SecuredBroker implements AutoCloseable {
    private static final String LOGIN =
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"app\" password=\"secret\"";

    private final KafkaRaftServer server;
    private final String servers;

    private SecuredBroker(KafkaRaftServer server, String servers) {
        this.server = server;
        this.servers = servers;
    }

    static SecuredBroker start(Path directory) throws Exception {
        int port = LoopbackPorts.free();
        int controller = LoopbackPorts.free();
        Files.createDirectories(directory);
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
        String client = "SASL_PLAINTEXT://127.0.0.1:" + port;
        Properties settings = new Properties();
        settings.putAll(Map.ofEntries(
                Map.entry("process.roles", "broker,controller"),
                Map.entry("node.id", "1"),
                Map.entry("controller.quorum.voters", "1@127.0.0.1:" + controller),
                Map.entry("listeners", client + ",CONTROLLER://127.0.0.1:" + controller),
                Map.entry("advertised.listeners", client),
                Map.entry("controller.listener.names", "CONTROLLER"),
                Map.entry("inter.broker.listener.name", "SASL_PLAINTEXT"),
                Map.entry("listener.security.protocol.map", "SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("sasl.enabled.mechanisms", "PLAIN"),
                Map.entry("sasl.mechanism.inter.broker.protocol", "PLAIN"),
                Map.entry("listener.name.sasl_plaintext.plain.sasl.jaas.config", LOGIN + " user_app=\"secret\";"),
                Map.entry("log.dirs", directory.toString()),
                Map.entry("offsets.topic.replication.factor", "1"),
                Map.entry("offsets.topic.num.partitions", "1"),
                Map.entry("transaction.state.log.replication.factor", "1"),
                Map.entry("transaction.state.log.min.isr", "1"),
                Map.entry("transaction.state.log.num.partitions", "1"),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("log.retention.ms", "-1"),
                Map.entry("log.cleaner.dedupe.buffer.size", "4194304"),
                Map.entry("controlled.shutdown.enable", "false")));
        KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(settings, false), Time.SYSTEM);
        server.startup();
        return new SecuredBroker(server, "127.0.0.1:" + port);
    }

    String servers() {
        return servers;
    }

    /** What a command needs to get in, as the configuration takes it from the environment. */
    Map<String, String> environment() {
        return Map.of(
                "FRESHET__KAFKA__PROPERTIES__SECURITY__PROTOCOL", "SASL_PLAINTEXT",
                "FRESHET__KAFKA__PROPERTIES__SASL__MECHANISM", "PLAIN",
                "FRESHET__KAFKA__PROPERTIES__SASL__JAAS__CONFIG", LOGIN + ";");
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }
}
