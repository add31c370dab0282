package io.freshet.cli.log;

import io.freshet.schema.Topics;
import java.util.Map;
import java.util.TreeMap;

/**
 * A topic that a command makes where it is missing.
 *
 * @param name its name
 * @param partitions how many
 * @param settings of the topic, as Kafka names them; the brokers' own for the others
 */
public record TopicPlan(String name, int partitions, Map<String, String> settings) {
    private static final String WEEK_MILLIS = "604800000";

    public TopicPlan {
        settings = new TreeMap<>(settings);
        if (partitions < 1) {
            throw new IllegalArgumentException("topic " + name + " with " + partitions + " partitions: expected 1");
        }
    }

    /**
     * Behaviour events. A replay keeps times that may be years ago, and brokers expire by a record's time: nothing
     * expires by age in a topic that is made for one.
     */
    public static TopicPlan replayed(String name, int partitions) {
        return new TopicPlan(name, partitions, Map.of("cleanup.policy", "delete", "retention.ms", "-1"));
    }

    /** A change feed; a follower that falls behind further than a gigabyte begins again from a snapshot. */
    public static TopicPlan changes(String name) {
        return new TopicPlan(
                name,
                1,
                Map.of("cleanup.policy", "delete", "retention.bytes", "1073741824", "segment.bytes", "134217728"));
    }

    /** Progress reports, of the last week. */
    public static TopicPlan quality(String name) {
        return new TopicPlan(name, 1, Map.of("cleanup.policy", "delete", "retention.ms", WEEK_MILLIS));
    }

    /** Dead letters of a topic of events, as long as the brokers keep any topic. */
    public static TopicPlan deadLetters(String events) {
        return new TopicPlan(events + Topics.DEAD_LETTERS, 1, Map.of("cleanup.policy", "delete"));
    }

    /** A topic by the name that it has by default. */
    public static TopicPlan byName(String name, int partitions) {
        return switch (name) {
            case Topics.BEHAVIOUR -> replayed(name, partitions);
            case Topics.CHANGES -> changes(name);
            case Topics.QUALITY -> quality(name);
            default -> new TopicPlan(name, partitions, Map.of());
        };
    }

    /** What is made, in words. */
    public String told() {
        return name + " (" + partitions + (partitions == 1 ? " partition" : " partitions")
                + (settings.isEmpty() ? "" : ", " + settings.toString().replaceAll("[{}]", "")) + ")";
    }
}
