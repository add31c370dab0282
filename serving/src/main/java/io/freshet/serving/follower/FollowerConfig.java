package io.freshet.serving;

import io.freshet.store.snapshot.LocalSnapshotFiles;
import io.freshet.store.snapshot.SnapshotFiles;
import java.nio.file.Path;

/**
 * What a follower needs to know.
 *
 * @param bootstrapServers Kafka brokers, host:port
 * @param changesTopic topic of the change feed
 * @param repository files of the snapshot repository
 * @param directory the follower's own store; created if need be
 */
public record FollowerConfig(String bootstrapServers, String changesTopic, SnapshotFiles repository, Path directory) {
    /** With a repository in a directory of this machine. */
    public FollowerConfig(String bootstrapServers, String changesTopic, Path repository, Path directory) {
        this(bootstrapServers, changesTopic, new LocalSnapshotFiles(repository), directory);
    }
}
