package io.freshet.cli.log;

import java.util.Map;
import java.util.TreeMap;

/**
 * Settings of producers that write the log: nothing is lost, doubled or put in another order while the broker is away
 * for less than the two minutes of {@code delivery.timeout.ms}; after that the producer fails, and says so.
 */
public final class LogProducer {
    private static final Map<String, Object> NEEDED = Map.of("acks", "all", "enable.idempotence", "true");
    private static final Map<String, Object> TUNED = Map.of(
            "delivery.timeout.ms", "120000",
            "max.block.ms", "120000",
            "request.timeout.ms", "10000",
            "reconnect.backoff.max.ms", "500",
            "linger.ms", "2",
            "batch.size", "65536");

    private LogProducer() {}

    /**
     * The settings.
     *
     * @param bootstrapServers brokers, host:port
     * @param clientId name in the broker's log
     */
    public static Map<String, Object> settings(String bootstrapServers, String clientId) {
        return settings(Brokers.at(bootstrapServers), clientId);
    }

    /** The same with what is passed through to every client, which wins over all but what the log needs. */
    public static Map<String, Object> settings(Brokers brokers, String clientId) {
        Map<String, Object> all = new TreeMap<>(TUNED);
        all.put("client.id", clientId);
        all.putAll(brokers.properties());
        all.putAll(NEEDED);
        all.put("bootstrap.servers", brokers.servers());
        return all;
    }
}
