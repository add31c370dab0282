package io.freshet.job.config;

import io.freshet.schema.Topics;
import java.io.Serializable;

/**
 * Names of the job's topics.
 *
 * @param events behaviour events
 * @param changes the change feed, one partition
 * @param quality progress reports
 */
public record TopicConfig(String events, String changes, String quality) implements Serializable {
    public TopicConfig {
        ConfigKey.check(!events.isBlank(), "topics.events", events, "a topic");
        ConfigKey.check(!changes.isBlank(), "topics.changes", changes, "a topic");
    }

    /** The dead letters of the behaviour events. */
    public String deadLetters() {
        return events + Topics.DEAD_LETTERS;
    }
}
