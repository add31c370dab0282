package io.freshet.job.repository;

import io.freshet.store.snapshot.LocalSnapshotFiles;
import io.freshet.store.snapshot.SnapshotFiles;
import io.freshet.store.snapshot.SnapshotRepository;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a snapshot repository is: a directory of this machine ({@code ./snapshots}, {@code file:/data/snapshots}), or
 * an address on any file system that Flink opens ({@code hdfs://name/snapshots}, {@code s3://bucket/snapshots}).
 *
 * @param text as the configuration has it
 */
public record RepositoryAddress(String text) {
    private static final Pattern WITH_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

    public RepositoryAddress {
        if (text.isBlank()) {
            throw new IllegalArgumentException("a snapshot repository needs an address");
        }
    }

    /** The directory, if it is on this machine. */
    public Optional<Path> local() {
        if (!WITH_SCHEME.matcher(text).matches()) {
            return Optional.of(Path.of(text));
        }
        URI uri = URI.create(text);
        return "file".equalsIgnoreCase(uri.getScheme()) ? Optional.of(Path.of(uri.getPath())) : Optional.empty();
    }

    /** The files of the repository at this address. */
    public SnapshotFiles files() {
        Optional<Path> directory = local();
        return directory.isPresent()
                ? new LocalSnapshotFiles(directory.get())
                : new FlinkSnapshotFiles(URI.create(text));
    }

    /** The repository. */
    public SnapshotRepository open() {
        return new SnapshotRepository(files());
    }
}
