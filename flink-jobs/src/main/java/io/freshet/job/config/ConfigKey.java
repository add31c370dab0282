package io.freshet.job.config;

import io.freshet.schema.EntityIds;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A key of the configuration.
 *
 * @param name dotted, below {@code freshet}
 * @param fallback default value
 * @param meaning what it is, for the reference page
 */
record ConfigKey(String name, String fallback, String meaning) {
    /** Prefix of the keys that go to Kafka's clients as they are. */
    static final String KAFKA = "kafka.properties.";

    static final List<ConfigKey> ALL = List.of(
            key("kafka.bootstrap-servers", "127.0.0.1:9092", "brokers, host:port, comma-separated"),
            key(
                    "topics.events",
                    "freshet.behaviour.v1",
                    "behaviour events; dead letters go to the same name with .dlq"),
            key("topics.changes", "freshet.changes.v1", "the change feed; one partition"),
            key("topics.quality", "freshet.quality.v1", "progress reports"),
            key("topics.replication-factor", "-1", "copies of the topics that are made; -1: as the brokers have it"),
            key("tick.length", "250 ms", "length of a tick, log time"),
            key(
                    "tick.idle-pause",
                    "400 ms",
                    "how long a tick waits for a partition that says nothing and is read to its end; twice that for one"
                            + " that speaks, but is behind"),
            key("tick.max-records", "8192", "most records of one partition in a tick; one more begins the next"),
            key("tick.max-open-records", "100000", "records of open ticks; partitions that run ahead pause beyond it"),
            key(
                    "clock.max-step",
                    "1 min",
                    "a timestamp further from its partition's clock moves it only with the seven before it"),
            key(
                    "start.accept",
                    "",
                    "what a start accepts once instead of refusing it: gap, other-topic, foreign-feed, by commas"),
            key("schema-registry.url", "", "registry of the schemas of records in Confluent's framing; empty: none"),
            key("schema-registry.cache-directory", "./freshet/schemas", "where its schemas are kept"),
            key("bad-records", "dlq", "dlq, fail or skip"),
            key(
                    "bad-records-max-bytes",
                    "900000",
                    "most bytes of a record that the dead letters take; of a larger one they have size and SHA-256"),
            key("store.lanes", "8", "lanes, a power of two; fixed when the store is created"),
            key("store.history-length", "200", "most interactions kept per user"),
            key(
                    "store.id-key",
                    EntityIds.standard().key(),
                    "key of the hashes of ids, 32 hexadecimal digits; a secret one keeps others from making ids that"
                            + " collide; fixed when the store is created"),
            key(
                    "store.repository",
                    "./freshet/snapshots",
                    "the snapshot repository: a directory, or an address such as hdfs://name/snapshots"),
            key("store.state-directory", "./freshet/state", "directory for the working copy of the state"),
            key("store.keep-snapshots", "3", "committed snapshots to keep"),
            key("store.keep-age", "0 ms", "age up to which they are kept, except the newest; 0: any"),
            key(
                    "scoring.embedded-port",
                    "0",
                    "port of a scorer in the learner's JVM, where it is on the class path; 0: none"),
            key("scoring.item-scan", "int8", "how it finds the best items: float32 or int8; the answers are the same"),
            key("exchange.address", "127.0.0.1", "address at which the learners of a job listen for each other"),
            key("exchange.timeout", "60 s", "how long a learner waits for another before all start again"),
            key("exchange.rows", "float32", "rows and their gradients between lanes: float32 or bfloat16"),
            key("exchange.gradients", "float32", "dense gradients between lanes: float32, one-bit or top-k"),
            key("model.window", "256", "most tokens in one sequence"),
            key("model.context", "64", "most tokens of history before the first predicted event"),
            key("model.layers", "4", "layers"),
            key("model.width", "64", "floats in an embedding row"),
            key("model.temperature", "0.4", "temperature of the logits"),
            key("model.popularity-half-life", "1200", "half-life of an item's popularity, ticks"),
            key("model.recent-half-life", "40", "half-life of its recent popularity, ticks"),
            key("model.seed", "20170601", "seed of every initial value"),
            key("learner.batch-tokens", "32", "most tokens of one lane's micro-batch"),
            key("learner.full-softmax-items", "4096", "catalogues up to this size are learned with a full softmax"),
            key("learner.negatives", "1024", "shared negatives per step above that"),
            key("learner.dense-learning-rate", "0.002", "AdamW, after warm-up"),
            key("learner.warm-up-steps", "100", "steps over which the dense rate rises"),
            key("learner.row-learning-rate", "0.15", "of embedding rows"),
            key("learner.row-decay", "0.999", "factor per step on a row's second moment"),
            key("learner.gradient-clip", "1", "largest norm of the dense gradient"),
            key("learner.publish-steps", "4", "dense weights go to serving after at least so many steps"),
            key("learner.capacity", "200000", "most items in the catalogue"),
            key("learner.replay-ratio", "0", "past sequences learned from again for every new one"),
            key("learner.actions.rating-threshold", "3", "lowest rating that says yes to an item; a lower one says no"),
            key(
                    "learner.actions.dwell-threshold",
                    "0",
                    "least dwell that says yes, in the log's unit; less is ignored"),
            key(
                    "learner.actions.impressions",
                    "ignore",
                    "what is made of impressions and skips: ignore or weak-negative"),
            key("learner.actions.hide-weight", "0.5", "what a hidden item's neighbours lose for its user; 0: nothing"),
            key(
                    "learner.parallelism",
                    "1",
                    "learners that share the work, up to one a lane; the bits do not depend on it"),
            key("learner.threads", "1", "threads that compute lanes; the bits do not depend on it"),
            key("learner.precision", "f32", "of matrix products: f32 or bf16, which needs oneDNN (below)"));

    /**
     * Refuses a value.
     *
     * @param name of the key, below {@code freshet}
     * @throws IllegalArgumentException naming key, value and what was expected, unless it is valid
     */
    static void check(boolean valid, String name, Object value, String expected) {
        if (!valid) {
            throw new IllegalArgumentException("freshet." + name + " = " + value + ": expected " + expected);
        }
    }

    private static ConfigKey key(String name, String fallback, String meaning) {
        return new ConfigKey(name, fallback, meaning);
    }

    static Optional<ConfigKey> find(String name) {
        if (name.startsWith(KAFKA) && name.length() > KAFKA.length()) {
            return Optional.of(key(name, "", "passed to Kafka's clients"));
        }
        return ALL.stream().filter(key -> key.name.equals(name)).findFirst();
    }

    /** The known key that a wrong one was probably meant to be. */
    static String nearest(String wrong) {
        return ALL.stream()
                .map(ConfigKey::name)
                .min(Comparator.comparingInt(name -> distance(name, wrong)))
                .orElseThrow();
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
