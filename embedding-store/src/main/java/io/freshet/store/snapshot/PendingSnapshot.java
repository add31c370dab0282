package io.freshet.store.snapshot;

import io.freshet.store.LaneRange;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.directory.LocalDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

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
    /** Whether somebody took the links, to upload them or to drop them. */
    private final AtomicBoolean taken = new AtomicBoolean();

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
     * links, whatever comes of it. May run on any thread, once.
     *
     * @throws IllegalStateException if it was done before, or {@link #discard discarded}
     */
    public Manifest upload() {
        if (!taken.compareAndSet(false, true)) {
            throw new IllegalStateException("snapshot " + id() + " was uploaded or discarded before");
        }
        return repository.upload(this);
    }

    /** Removes the local links if no upload ever began; does nothing otherwise. May run on any thread. */
    public void discard() {
        if (taken.compareAndSet(false, true)) {
            try {
                dropCut();
            } catch (NoSuchFileException e) {
                // It went with the working directory.
            } catch (IOException e) {
                throw new UncheckedIOException("the cut of snapshot " + id() + " could not be removed", e);
            }
        }
    }

    /** Removes the local links. */
    void dropCut() throws IOException {
        LocalDirectory.delete(Objects.requireNonNull(files.getParent()));
    }
}
