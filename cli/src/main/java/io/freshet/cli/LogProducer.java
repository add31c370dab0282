package io.freshet.cli;

import java.util.Map;

/**
 * Settings of producers that write the log: nothing is lost, doubled or put in another order while the broker is away
 * for less than the two minutes of {@code delivery.timeout.ms}; after that the producer fails, and says so.
 */
public final class LogProducer {
    private LogProducer() {}

    /**
     * The settings.
     *
     * @param bootstrapServers brokers, host:port
     * @param clientId name in the broker's log
     */
    public static Map<String, Object> settings(String bootstrapServers, String clientId) {
        return Map.ofEntries(
                Map.entry("bootstrap.servers", bootstrapServers),
                Map.entry("acks", "all"),
                Map.entry("enable.idempotence", "true"),
                Map.entry("delivery.timeout.ms", "120000"),
                Map.entry("max.block.ms", "120000"),
                Map.entry("request.timeout.ms", "10000"),
                Map.entry("reconnect.backoff.max.ms", "500"),
                Map.entry("linger.ms", "2"),
                Map.entry("batch.size", "65536"),
                Map.entry("client.id", clientId));
    }
}
