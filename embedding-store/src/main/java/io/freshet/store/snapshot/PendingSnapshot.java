package io.freshet.store.snapshot;

import io.freshet.store.LaneRange;
import io.freshet.store.codec.LaneDigests;
import java.nio.file.Path;
import java.util.List;

/**
 * A snapshot, or a learner's part of one, that was cut but is not uploaded yet: hard links under a local directory, and
 * what its manifest will say.
 */
public final class PendingSnapshot {
    private final SnapshotRepository repository;
    final Path files;
    final Manifest draft;
    final LaneRange lanes;
    /** The store's opening that the files come from. */
    final String opening;

    PendingSnapshot(SnapshotRepository repository, Path files, Manifest draft, LaneRange lanes, String opening) {
        this.repository = repository;
        this.files = files;
        this.draft = draft;
        this.lanes = lanes;
        this.opening = opening;
    }

    /** Name of the snapshot. */
    public String id() {
        return draft.id();
    }

    /** Lanes of this part. */
    public LaneRange lanes() {
        return lanes;
    }

    /** Digests of all lanes as the manifest will have them; empty ones of lanes of other parts. */
    public List<LaneDigests> digests() {
        return draft.lanes();
    }

    /**
     * Copies what the repository does not have yet, publishes the part's manifest as pending and removes the local
     * links. May run on any thread, once.
     */
    public Manifest upload() {
        return repository.upload(this);
    }
}
