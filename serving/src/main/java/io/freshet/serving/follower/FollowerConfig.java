package io.freshet.serving.follower;

import io.freshet.store.snapshot.LocalSnapshotFiles;
import io.freshet.store.snapshot.SnapshotFiles;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a follower needs to know.
 *
 * @param bootstrapServers Kafka brokers, host:port
 * @param changesTopic topic of the change feed
 * @param repository files of the snapshot repository
 * @param directory the follower's own store; created if need be
 * @param kafka properties of the Kafka clients, such as those of TLS and SASL
 * @param purpose what this scorer is, such as its ports, for a second one that wants the same directory
 */
public record FollowerConfig(
        String bootstrapServers,
        String changesTopic,
        SnapshotFiles repository,
        Path directory,
        Map<String, String> kafka,
        String purpose) {
    public FollowerConfig {
        kafka = Map.copyOf(new TreeMap<>(kafka));
    }

    /** Without properties of the Kafka clients. */
    public FollowerConfig(String bootstrapServers, String changesTopic, SnapshotFiles repository, Path directory) {
        this(bootstrapServers, changesTopic, repository, directory, Map.of(), "");
    }

    /** With a repository in a directory of this machine. */
    public FollowerConfig(String bootstrapServers, String changesTopic, Path repository, Path directory) {
        this(bootstrapServers, changesTopic, new LocalSnapshotFiles(repository), directory);
    }

    /** The same with properties of the Kafka clients. */
    public FollowerConfig withKafka(Map<String, String> properties) {
        return new FollowerConfig(bootstrapServers, changesTopic, repository, directory, properties, purpose);
    }

    /** The same with a purpose. */
    public FollowerConfig withPurpose(String words) {
        return new FollowerConfig(bootstrapServers, changesTopic, repository, directory, kafka, words);
    }
}
