package io.freshet.job.config;

import io.freshet.job.clock.ClockConfig;
import io.freshet.job.core.Accepted;
import io.freshet.job.records.BadRecords;
import io.freshet.job.repository.RepositoryAddress;
import io.freshet.kernel.Precision;
import io.freshet.model.items.ItemScan;
import io.freshet.schema.EntityIds;
import io.freshet.schema.HttpSchemaRegistry;
import io.freshet.schema.SchemaRegistry;
import io.freshet.store.StoreLayout;
import io.freshet.train.LearnerConfig;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a learner job needs to know.
 *
 * @param bootstrapServers Kafka brokers, host:port
 * @param kafkaProperties settings that go to Kafka's clients as they are
 * @param eventsTopic topic of behaviour events; its dead letters go to the same name with {@code .dlq}
 * @param changesTopic topic of the change feed, one partition
 * @param qualityTopic topic of progress reports
 * @param tickMillis length of a tick, ms of log time
 * @param badRecords what happens to records that are not events
 * @param schemaRegistry address of the registry for records in Confluent's framing; empty for none
 * @param schemaCache directory for its schemas
 * @param lanes lanes of the store, fixed when it is created
 * @param historyLength most interactions kept per user
 * @param idKey key of the hashes that users, sessions, items and events have inside; 32 hexadecimal digits
 * @param repository the snapshot repository: a directory, or an address as {@link RepositoryAddress} takes it
 * @param stateDirectory directory for the working copy of the state
 * @param keepSnapshots snapshots to keep
 * @param keepMillis age up to which they are kept, ms; 0 for any. The newest one stays in any case
 * @param embeddedScoringPort port of a scorer inside the learner's JVM, where one is on the class path; 0 for none
 * @param itemScan how that scorer finds the best items; its answers do not depend on it
 * @param parallelism learners that share the work; at most one a lane
 * @param exchangeAddress address at which learners listen for each other
 * @param exchangeTimeoutMillis how long a learner waits for another
 * @param precision of the learner's matrix products
 * @param learner how the model learns
 */
public record JobConfig(
        String bootstrapServers,
        Map<String, String> kafkaProperties,
        String eventsTopic,
        String changesTopic,
        String qualityTopic,
        ClockConfig clock,
        Set<Accepted> accept,
        BadRecords badRecords,
        int deadLetterBytes,
        String schemaRegistry,
        String schemaCache,
        int lanes,
        int historyLength,
        String idKey,
        String repository,
        String stateDirectory,
        int keepSnapshots,
        long keepMillis,
        int embeddedScoringPort,
        ItemScan itemScan,
        int parallelism,
        String exchangeAddress,
        long exchangeTimeoutMillis,
        Precision precision,
        LearnerConfig learner)
        implements Serializable {
    /** Key groups; Flink's maximum parallelism. */
    public static final int KEY_GROUPS = 128;

    /** Property of a snapshot: the key of its hashed ids. */
    public static final String ID_KEY = "id-key";

    public JobConfig {
        kafkaProperties = new TreeMap<>(kafkaProperties);
        check(!bootstrapServers.isBlank(), "bootstrap-servers", bootstrapServers, "host:port");
        check(!eventsTopic.isBlank(), "events-topic", eventsTopic, "a topic");
        check(!changesTopic.isBlank(), "changes-topic", changesTopic, "a topic");
        accept = accept.isEmpty() ? Set.of() : Set.copyOf(accept);
        check(deadLetterBytes >= 0, "bad-records-max-bytes", deadLetterBytes, "a number of bytes");
        check(Integer.bitCount(lanes) == 1 && lanes <= KEY_GROUPS, "lanes", lanes, "a power of two up to 128");
        check(historyLength > 0 && historyLength <= 4096, "history-length", historyLength, "1 to 4096");
        check(
                idKey.matches("[0-9a-fA-F]{32}"),
                "store.id-key",
                idKey.length() + " characters",
                "32 hexadecimal digits");
        check(
                embeddedScoringPort >= 0 && embeddedScoringPort < 65536,
                "embedded-scoring-port",
                embeddedScoringPort,
                "a port");
        check(parallelism > 0 && parallelism <= lanes, "learner.parallelism", parallelism, "1 to store.lanes");
        check(
                embeddedScoringPort == 0 || parallelism == 1,
                "learner.parallelism",
                parallelism,
                "1 with embedded scoring, which reads all lanes; run freshet serve beside several learners");
        check(!exchangeAddress.isBlank(), "exchange.address", exchangeAddress, "an address of this machine");
        check(exchangeTimeoutMillis > 0, "exchange.timeout", exchangeTimeoutMillis, "a positive time");
        check(!repository.isBlank(), "store.repository", repository, "a directory or an address");
        check(keepSnapshots > 0, "keep-snapshots", keepSnapshots, "at least 1");
        check(keepMillis >= 0, "keep-age", keepMillis, "an age, or 0 ms");
    }

    /** Settings of a Kafka client: the brokers, what is passed through, and the client's own. */
    public Map<String, Object> kafka(Map<String, ?> own) {
        Map<String, Object> all = new TreeMap<>(kafkaProperties);
        all.putAll(own);
        all.put("bootstrap.servers", bootstrapServers);
        return all;
    }

    /** The same of a consumer: it reads what was committed, unless what is passed through says otherwise. */
    public Map<String, Object> consumer(Map<String, ?> own) {
        Map<String, Object> all = new TreeMap<>(Map.of("isolation.level", "read_committed"));
        all.putAll(kafka(own));
        return all;
    }

    /** Length of a tick, ms of log time. */
    public long tickMillis() {
        return clock.tickMillis();
    }

    /** Some hash whose lane is the first one. */
    public long userOfFirstLane() {
        StoreLayout layout = new StoreLayout(lanes, KEY_GROUPS, 1, 1);
        long user = 0;
        while (layout.laneOf(user) != 0) {
            user++;
        }
        return user;
    }

    /** Hashes of what events name; of one state always the same. */
    public EntityIds ids() {
        return EntityIds.keyed(idKey);
    }

    /** The registry, or one that knows nothing. */
    public SchemaRegistry registry() {
        return schemaRegistry.isBlank()
                ? SchemaRegistry.none()
                : HttpSchemaRegistry.of(URI.create(schemaRegistry), Path.of(schemaCache));
    }

    private static void check(boolean valid, String name, Object value, String expected) {
        if (!valid) {
            throw new IllegalArgumentException("freshet." + name + " = " + value + ": expected " + expected);
        }
    }
}
