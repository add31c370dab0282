package io.freshet.cli.log;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The brokers as all clients of a command reach them. Every question is answered, or refused with what to do, within
 * {@link #PATIENCE}.
 *
 * @param servers host:port, comma-separated
 * @param properties settings that every client gets as they are: TLS, SASL
 */
public record Brokers(String servers, Map<String, String> properties) {
    /** How long a question waits: what is not there is said within five seconds. */
    public static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final int NAMED_TOPICS = 10;

    public Brokers {
        properties = new TreeMap<>(properties);
    }

    /** Brokers without anything but an address, such as the one inside this process. */
    public static Brokers at(String servers) {
        return new Brokers(servers, Map.of());
    }

    /** Settings of a client: what is passed through, the client's own over it, and the brokers. */
    public Map<String, Object> settings(Map<String, ?> own) {
        Map<String, Object> all = new TreeMap<>(properties);
        all.putAll(own);
        all.put("bootstrap.servers", servers);
        return all;
    }

    /** A client for questions about topics; to be closed. */
    public Admin admin() {
        return Admin.create(settings(Map.of("client.id", "freshet-admin")));
    }

    /**
     * A consumer of committed records, for partitions that are assigned to it; to be closed.
     *
     * @param own settings over those that are passed through
     */
    public KafkaConsumer<byte[], byte[]> consumer(Map<String, ?> own) {
        Map<String, Object> mine = new TreeMap<>(Map.of(
                "isolation.level", "read_committed",
                "enable.auto.commit", "false",
                "allow.auto.create.topics", "false",
                "auto.offset.reset", "earliest",
                "default.api.timeout.ms", Long.toString(PATIENCE.toMillis())));
        mine.putAll(own);
        return new KafkaConsumer<>(settings(mine), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static int patience() {
        return (int) PATIENCE.toMillis();
    }

    /**
     * Asks whether a broker answers.
     *
     * @throws IllegalStateException if none does
     */
    public void requireReachable() {
        try (Admin admin = admin()) {
            await(admin.describeCluster(new DescribeClusterOptions().timeoutMs(patience()))
                    .nodes());
        } catch (ExecutionException | KafkaException e) {
            throw unreachable(e);
        }
    }

    /**
     * The partitions of a topic, in order.
     *
     * @throws IllegalStateException if no broker answers, or there is no such topic
     */
    public List<TopicPartition> partitions(String topic) {
        try (Admin admin = admin()) {
            Optional<List<TopicPartition>> found = find(admin, topic);
            if (found.isPresent()) {
                return found.get();
            }
            Set<String> names = new TreeSet<>(await(admin.listTopics(new ListTopicsOptions().timeoutMs(patience()))
                    .names()));
            throw new IllegalStateException("there is no topic " + topic + " at " + servers + "; "
                    + (names.isEmpty() ? "there is none at all" : "there are " + shortened(names)));
        } catch (ExecutionException | KafkaException e) {
            throw unreachable(e);
        }
    }

    /** The same, or empty if there is no such topic. */
    public Optional<List<TopicPartition>> find(String topic) {
        try (Admin admin = admin()) {
            return find(admin, topic);
        } catch (ExecutionException | KafkaException e) {
            throw unreachable(e);
        }
    }

    private static String shortened(Set<String> names) {
        String first = String.join(", ", names.stream().limit(NAMED_TOPICS).toList());
        return names.size() <= NAMED_TOPICS ? first : first + " and " + (names.size() - NAMED_TOPICS) + " others";
    }

    private static Optional<List<TopicPartition>> find(Admin admin, String topic) throws ExecutionException {
        try {
            TopicDescription description =
                    await(admin.describeTopics(List.of(topic), new DescribeTopicsOptions().timeoutMs(patience()))
                            .topicNameValues()
                            .get(topic));
            return Optional.of(description.partitions().stream()
                    .map(TopicPartitionInfo::partition)
                    .sorted()
                    .map(partition -> new TopicPartition(topic, partition))
                    .toList());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * Makes the topics that are not there.
     *
     * @param copies replication factor; -1 for the brokers' own
     * @return those that were made, in words
     */
    public List<String> create(List<TopicPlan> plans, int copies) {
        List<String> made = new ArrayList<>();
        try (Admin admin = admin()) {
            for (TopicPlan plan : plans) {
                if (create(admin, plan, copies)) {
                    made.add(plan.told());
                }
            }
        } catch (ExecutionException | KafkaException e) {
            throw unreachable(e);
        }
        return made;
    }

    /** Makes the topics that are not there; those of the default names with the settings that they need. */
    public void create(Map<String, Integer> partitionsByTopic) {
        List<TopicPlan> plans = new ArrayList<>();
        partitionsByTopic.forEach((name, partitions) -> plans.add(TopicPlan.byName(name, partitions)));
        create(plans, -1);
    }

    private static boolean create(Admin admin, TopicPlan plan, int copies) throws ExecutionException {
        Optional<Short> factor = copies < 0 ? Optional.empty() : Optional.of((short) copies);
        NewTopic topic = new NewTopic(plan.name(), Optional.of(plan.partitions()), factor).configs(plan.settings());
        try {
            await(admin.createTopics(List.of(topic), new CreateTopicsOptions().timeoutMs(patience()))
                    .all());
            return true;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof TopicExistsException
                    || find(admin, plan.name()).isPresent()) {
                return false;
            }
            if (cause instanceof TimeoutException) {
                throw e;
            }
            throw new IllegalStateException(
                    "topic " + plan.told() + " cannot be made"
                            + (copies < 0 ? "" : " with topics.replication-factor " + copies) + ": "
                            + cause.getMessage(),
                    cause);
        }
    }

    private static <T> T await(@Nullable KafkaFuture<T> future) throws ExecutionException {
        try {
            return Objects.requireNonNull(future).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the brokers were asked", e);
        }
    }

    private IllegalStateException unreachable(Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) {
            return new IllegalStateException(
                    "the broker at " + servers + " refuses this client: " + cause.getMessage()
                            + "; see kafka.properties in the configuration",
                    cause);
        }
        if (cause instanceof InvalidTopicException) {
            return new IllegalStateException(
                    "the broker at " + servers + " takes no topic of this name: " + cause.getMessage()
                            + " Names have letters, digits, dots, underscores and dashes; see topics.events (--topic)",
                    cause);
        }
        return new IllegalStateException(
                "no Kafka broker answers at " + servers + ": " + cause.getMessage()
                        + "; see kafka.bootstrap-servers (--bootstrap-servers), and kafka.properties for TLS and SASL",
                cause);
    }
}
