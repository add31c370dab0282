package io.freshet.serving;

import java.nio.file.Path;

/**
 * What a follower needs to know.
 *
 * @param bootstrapServers Kafka brokers, host:port
 * @param changesTopic topic of the change feed
 * @param repository directory of the snapshot repository
 * @param directory the follower's own store; created if need be
 */
public record FollowerConfig(String bootstrapServers, String changesTopic, Path repository, Path directory) {}
