package io.freshet.store.snapshot;

import java.nio.file.Path;

/**
 * A snapshot that was cut but is not uploaded yet: hard links under a local directory, and what its manifest will
 * say.
 */
public final class PendingSnapshot {
    private final SnapshotRepository repository;
    final Path files;
    final Manifest draft;
    final String incarnation;

    PendingSnapshot(SnapshotRepository repository, Path files, Manifest draft, String incarnation) {
        this.repository = repository;
        this.files = files;
        this.draft = draft;
        this.incarnation = incarnation;
    }

    /** Name of the snapshot. */
    public String id() {
        return draft.id();
    }

    /**
     * Copies what the repository does not have yet, writes the manifest as pending and removes the local links. May run
     * on any thread, once.
     */
    public Manifest upload() {
        return repository.upload(this);
    }
}
