package io.freshet.store.snapshot;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Removes snapshots that expired and objects that none needs. For the one learner that leads; others may upload at the
 * same time.
 *
 * <p>What keeps an upload safe is the order here: expired manifests go first; then objects are listed, then the markers
 * of uploads are, then all manifests are read, pending ones before committed ones. An object of the list whose upload
 * has no marker any more is named by a manifest that is read afterwards. An upload whose marker was not there yet
 * looks for objects to share later than that, in manifests that were not expired; and objects that are new have names
 * that were never used. Objects of an opening with a marker are left alone.
 */
final class SnapshotSweep {
    private static final Pattern OBJECT = Pattern.compile("\\d+-([^-]+)-.*");

    private final SnapshotRepository repository;
    private final SnapshotFiles files;
    private final SnapshotParts parts;
    private final ManifestFile manifests;

    SnapshotSweep(SnapshotRepository repository, SnapshotFiles files, SnapshotParts parts, ManifestFile manifests) {
        this.repository = repository;
        this.files = files;
        this.parts = parts;
        this.manifests = manifests;
    }

    void run(Retention retention, long nowMillis) throws IOException {
        expire(repository.list(), retention, nowMillis);
        sweep();
    }

    /** The same if a snapshot is the newest; whatever is committed from then on is not looked at. */
    void runBehind(String newest, Retention retention, long nowMillis) throws IOException {
        List<Manifest> all = repository.list();
        if (!all.isEmpty() && all.get(all.size() - 1).id().equals(newest)) {
            expire(all, retention, nowMillis);
            sweep();
        }
    }

    private void expire(List<Manifest> all, Retention retention, long nowMillis) throws IOException {
        Set<String> tagged = repository.tags().snapshots();
        Manifest oldestKept = null;
        for (int i = 0; i < all.size(); i++) {
            Manifest manifest = all.get(i);
            if (retention.keeps(manifest, all.size() - 1 - i, nowMillis)) {
                oldestKept = oldestKept == null ? manifest : oldestKept;
            } else if (!tagged.contains(manifest.id())) {
                files.delete(manifest.id() + SnapshotRepository.MANIFEST);
            }
        }
        if (oldestKept != null) {
            Manifest newest = all.get(all.size() - 1);
            Set<String> committed = all.stream().map(Manifest::id).collect(Collectors.toSet());
            for (SnapshotParts.Part part : parts.all()) {
                if (committed.contains(part.id())) {
                    // They could not be removed when it was committed.
                    files.delete(part.file());
                }
            }
            expirePending(tagged, oldestKept, newest.incarnation());
        }
        if (repository.rollbacks().pending().isEmpty()) {
            repository.rollbacks().expire(tagged);
        }
    }

    /**
     * Parts that were neither committed nor dropped: their learner died. They go when nothing as old is kept. A
     * savepoint's stay: nobody is told when it is complete. Only if a part of it is missing, and the learners that
     * could bring it are no more, it never will be.
     */
    private void expirePending(Set<String> tagged, Manifest oldestKept, long incarnation) throws IOException {
        Set<String> savepoints = parts.savepoints(manifest -> true);
        for (SnapshotParts.Part part : parts.all()) {
            Optional<Manifest> manifest = parts.find(part);
            if (!tagged.contains(part.id())
                    && !savepoints.contains(part.id())
                    && manifest.isPresent()
                    && isAbandoned(manifest.get(), oldestKept, incarnation)) {
                files.delete(part.file());
            }
        }
    }

    /** Whether nobody is going to commit a part. A learner that runs may be uploading another one of a kept tick. */
    private static boolean isAbandoned(Manifest part, Manifest oldestKept, long incarnation) {
        if (part.incarnation() >= incarnation) {
            return !part.ofSavepoint() && oldestKept.isOfLaterTickThan(part);
        }
        return Manifest.BY_LINEAGE.compare(part, oldestKept) < 0;
    }

    private void sweep() throws IOException {
        List<String> objects = files.list(SnapshotRepository.OBJECTS);
        Set<String> uploading = new HashSet<>();
        files.list(SnapshotUpload.MARKERS).forEach(marker -> uploading.add(SnapshotUpload.openingOf(marker)));
        Set<String> needed = new HashSet<>();
        for (SnapshotParts.Part part : parts.all()) {
            // One that is gone by now was dropped, or committed and is read below.
            parts.find(part).ifPresent(manifest -> manifest.files().forEach(file -> needed.add(file.object())));
        }
        repository.list().forEach(manifest -> manifest.files().forEach(file -> needed.add(file.object())));
        repository
                .rollbacks()
                .setAside()
                .forEach(name -> manifests.read(name).files().forEach(file -> needed.add(file.object())));
        for (String object : objects) {
            Matcher matcher = OBJECT.matcher(object);
            if (!needed.contains(object) && !(matcher.matches() && uploading.contains(matcher.group(1)))) {
                files.delete(SnapshotRepository.OBJECTS + object);
            }
        }
    }
}
