package io.freshet.store.snapshot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names of the snapshots that were uploaded from here. Files are shared within one opening of a store alone, so the
 * newest of these that is committed is all that an upload has to look at: what else is in the repository, damaged or of
 * another release, does not concern it.
 */
final class UploadedSnapshots {
    private static final Logger LOG = LoggerFactory.getLogger(UploadedSnapshots.class);

    /** Names that are kept, of more uploads than are ever under way. */
    private static final int MOST = 64;

    private final SnapshotFiles files;
    private final ManifestFile manifests;
    /** Newest first; guarded by itself. */
    private final Deque<String> ids = new ArrayDeque<>();

    UploadedSnapshots(SnapshotFiles files, ManifestFile manifests) {
        this.files = files;
        this.manifests = manifests;
    }

    void add(String id) {
        synchronized (ids) {
            ids.remove(id);
            ids.addFirst(id);
            if (ids.size() > MOST) {
                ids.removeLast();
            }
        }
    }

    /** One that will not be committed. */
    void remove(String id) {
        synchronized (ids) {
            ids.remove(id);
        }
    }

    /** The newest of them that is committed now and can be read; older ones are forgotten. */
    Optional<Manifest> newestCommitted() throws IOException {
        List<String> all;
        synchronized (ids) {
            all = List.copyOf(ids);
        }
        for (String id : all) {
            if (files.size(id + SnapshotRepository.MANIFEST).isPresent()) {
                try {
                    Manifest manifest = manifests.read(id + SnapshotRepository.MANIFEST);
                    forgetBehind(id);
                    return Optional.of(manifest);
                } catch (UncheckedIOException | IllegalStateException e) {
                    LOG.warn("no files are shared with snapshot {}, which expired or cannot be read", id, e);
                }
            }
        }
        return Optional.empty();
    }

    private void forgetBehind(String id) {
        synchronized (ids) {
            boolean behind = false;
            for (Iterator<String> each = ids.iterator(); each.hasNext(); ) {
                String one = each.next();
                if (behind) {
                    each.remove();
                }
                behind |= one.equals(id);
            }
        }
    }
}
