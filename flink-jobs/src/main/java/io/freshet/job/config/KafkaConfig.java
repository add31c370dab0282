package io.freshet.job.config;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * How Kafka is reached.
 *
 * @param bootstrapServers brokers, host:port, comma-separated
 * @param properties settings that go to Kafka's clients as they are
 */
public record KafkaConfig(String bootstrapServers, Map<String, String> properties) implements Serializable {
    public KafkaConfig {
        properties = new TreeMap<>(properties);
        ConfigKey.check(!bootstrapServers.isBlank(), "kafka.bootstrap-servers", bootstrapServers, "host:port");
    }

    /** Settings of a client: the brokers, what is passed through, and the client's own. */
    public Map<String, Object> client(Map<String, ?> own) {
        Map<String, Object> all = new TreeMap<>(properties);
        all.putAll(own);
        all.put("bootstrap.servers", bootstrapServers);
        return all;
    }

    /** Settings of a consumer: it reads what was committed, unless what is passed through says otherwise. */
    public Map<String, Object> consumer(Map<String, ?> own) {
        Map<String, Object> all = new TreeMap<>(Map.of("isolation.level", "read_committed"));
        all.putAll(client(own));
        return all;
    }
}
