package io.freshet.cli.models;

import io.freshet.job.repository.RepositoryAddress;
import io.freshet.local.RemoteFileSystems;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.util.Map;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Where the snapshots are, and which of them is meant. */
final class RepositoryOption {
    @Option(
            names = "--repository",
            required = true,
            showDefaultValue = Visibility.NEVER,
            description = "the learner's snapshot repository: a directory, or an address such as hdfs://name/snapshots")
    private String address = "";

    RepositoryAddress address() {
        RepositoryAddress real = new RepositoryAddress(RemoteFileSystems.real(address));
        RemoteFileSystems.load(real);
        return real;
    }

    SnapshotRepository open() {
        SnapshotRepository snapshots = address().open();
        if (!snapshots.exists()) {
            throw new IllegalStateException("there is no snapshot repository at " + address);
        }
        return snapshots;
    }

    /** A snapshot by its own name or by a tag; {@code latest} is the newest. */
    Manifest find(String name) {
        SnapshotRepository snapshots = open();
        if (name.equals("latest")) {
            return snapshots
                    .latest()
                    .orElseThrow(() -> new IllegalStateException("no snapshot is committed yet in " + address));
        }
        Map<String, String> tags = snapshots.tags().all();
        return snapshots.load(tags.getOrDefault(name, name));
    }
}
