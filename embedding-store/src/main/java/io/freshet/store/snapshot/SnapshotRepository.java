package io.freshet.store.snapshot;

import io.freshet.store.Checkpointable;
import io.freshet.store.LaneRange;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.directory.LocalDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots in a repository: {@code objects/} holds files that never change, {@code <id>.json} a committed manifest,
 * {@code pending/} the manifests of parts that are uploaded but not committed, {@code uploads/} a marker per upload
 * under way.
 *
 * <p>Several learners may upload parts of one snapshot, each the lanes that it holds; one of them leads: it commits,
 * and nobody else removes anything that is committed. A snapshot exists for others when its manifest does, which is
 * written last, from parts that together have every lane once and are of one tick.
 */
public final class SnapshotRepository {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotRepository.class);

    static final String MANIFEST = ".json";
    static final String OBJECTS = "objects/";
    /** Where a file system that renames keeps what is being written. */
    public static final String UNFINISHED = "unfinished/";

    private final SnapshotFiles files;
    private final LongSupplier wallMillis;
    private final SnapshotTags tags;
    private final SnapshotParts parts;
    private final ManifestFile manifests;
    private final SnapshotContent content;
    private final Rollbacks rollbacks;
    private final Incarnations incarnations;
    private final RepositoryIdentity identity;
    private final UploadedSnapshots uploaded;

    /** A repository in a directory of this machine. */
    public SnapshotRepository(Path root) {
        this(new LocalSnapshotFiles(root));
    }

    /** A repository on any file system. */
    public SnapshotRepository(SnapshotFiles files) {
        this(files, System::currentTimeMillis);
    }

    /**
     * A repository on any file system, by any clock.
     *
     * @param wallMillis now, ms since the epoch: when snapshots were cut, for {@link Retention}
     */
    public SnapshotRepository(SnapshotFiles files, LongSupplier wallMillis) {
        this.files = files;
        this.wallMillis = wallMillis;
        manifests = new ManifestFile(files);
        tags = new SnapshotTags(files);
        parts = new SnapshotParts(files, manifests);
        content = new SnapshotContent(files);
        rollbacks = new Rollbacks(this, files, manifests);
        incarnations = new Incarnations(files);
        identity = new RepositoryIdentity(files);
        uploaded = new UploadedSnapshots(files, manifests);
    }

    /** Its root, for people to read. */
    public String address() {
        return files.address();
    }

    /**
     * What tells it from every other repository: a random name, made with the repository and the same wherever it is
     * moved. To be asked first by the learner that leads.
     */
    public String identity() {
        return identity.get();
    }

    /** Whether a learner ever opened it. */
    public boolean exists() {
        return lastIncarnation() > 0 || !names().isEmpty();
    }

    /**
     * Cuts a snapshot of the lanes that a store holds: flush and hard links, no copying. Between two ticks, on the
     * store's writing thread.
     *
     * @param cuts directory of this machine, on the file system of the store's; made if need be
     * @param id name, the same for all parts of a snapshot, and not used before: letters, digits, '_' and '-'
     * @param properties what a reader needs to build the same model; those of the part with lane 0 count
     * @param feedOffsets where the change feed goes on behind this snapshot; those of the part with lane 0 count
     */
    public PendingSnapshot prepare(
            Checkpointable store,
            Path cuts,
            String id,
            Map<String, String> properties,
            Map<Integer, Long> feedOffsets) {
        if (!ManifestRules.ID.matcher(id).matches()) {
            throw new IllegalArgumentException("snapshot name '" + id + "': expected letters, digits, '_' and '-'");
        }
        Path links;
        try {
            links = Files.createTempDirectory(LocalDirectory.create(cuts), "cut-")
                    .resolve("files");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot cut a snapshot in " + cuts, e);
        }
        try {
            store.checkpoint(links);
            Manifest draft = draft(store, id, properties, feedOffsets);
            return new PendingSnapshot(this, links, draft, store.held(), store.opening());
        } catch (RuntimeException | Error e) {
            discard(Objects.requireNonNull(links.getParent()));
            throw e;
        }
    }

    private Manifest draft(
            Checkpointable store, String id, Map<String, String> properties, Map<Integer, Long> feedOffsets) {
        List<LaneDigests> digests = new ArrayList<>();
        for (int lane = 0; lane < store.layout().lanes(); lane++) {
            digests.add(
                    store.held().contains(lane)
                            ? LaneDigests.of(store.digests()[lane], store.contentDigest(lane), store.ownDigest(lane))
                            : LaneDigests.none());
        }
        return new Manifest(
                Manifest.FORMAT,
                identity(),
                id,
                wallMillis.getAsLong(),
                store.tick(),
                new TreeMap<>(store.frontier()),
                store.layout(),
                digests,
                new TreeMap<>(properties),
                new TreeMap<>(feedOffsets),
                List.of());
    }

    Manifest upload(PendingSnapshot pending) {
        SnapshotUpload upload = new SnapshotUpload(files, pending);
        try {
            try {
                try {
                    upload.begin();
                    Manifest part = pending.draft.with(upload.copy(uploaded.newestCommitted()));
                    parts.publish(part, pending.lanes);
                    uploaded.add(part.id());
                    return part;
                } finally {
                    // Of an upload that failed nothing is used again: the marker need not protect it.
                    upload.end();
                }
            } finally {
                pending.dropCut();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    pending.lanes + " of snapshot " + pending.id() + " could not be stored in " + files.address(), e);
        }
    }

    /**
     * Removes what learners left behind that were killed while they uploaded. For the learner that leads, before any
     * learner of its job cuts: until then {@link #expire} keeps the objects of those uploads.
     */
    public void removeAbandonedUploads() {
        try {
            for (String directory : List.of(SnapshotUpload.MARKERS, UNFINISHED)) {
                for (String name : files.list(directory)) {
                    files.delete(directory + name);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("abandoned uploads cannot be removed from " + files.address(), e);
        }
    }

    /**
     * Makes a snapshot whose parts are all uploaded one that others may use; does nothing if it is committed already.
     * One with the property {@link Manifest#SAVEPOINT} is tagged first.
     *
     * @return whether nothing of it is left pending; parts that could not be removed go when snapshots expire
     * @throws IllegalStateException naming the lane that is missing, or what the parts disagree on
     */
    public boolean commit(String id) {
        try {
            if (files.size(id + MANIFEST).isEmpty()) {
                List<SnapshotParts.Part> found = parts.of(id);
                if (found.isEmpty()) {
                    throw new IllegalStateException("there is no snapshot " + id + " to commit in " + files.address());
                }
                Manifest manifest = parts.merge(id, found);
                if (manifest.ofSavepoint() && !id.equals(tags.all().get(savepointTag(id)))) {
                    tags.set(savepointTag(id), manifest);
                }
                manifests.write(id + MANIFEST, manifest);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("snapshot " + id + " could not be committed in " + files.address(), e);
        }
        try {
            parts.delete(id);
            return true;
        } catch (IOException e) {
            LOG.warn("snapshot {} is committed in {}, but its parts stay for now", id, files.address(), e);
            return false;
        }
    }

    private static String savepointTag(String id) {
        return "savepoint-" + id;
    }

    /**
     * Commits the savepoints that are uploaded as a whole and older than a committed snapshot. Flink tells nobody when
     * a savepoint that does not stop the job is complete; of one that is not, {@link #abort} takes the tag away again.
     *
     * @param id name of the committed snapshot
     */
    public void commitSavepointsBefore(String id) {
        Manifest newer = manifests.read(id + MANIFEST);
        commitSavepoints(manifest -> Manifest.BY_LINEAGE.compare(manifest, newer) < 0);
    }

    void commitSavepoints(Predicate<Manifest> which) {
        try {
            parts.savepoints(which).forEach(this::commit);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look for savepoints in " + files.address(), e);
        }
    }

    /** Forgets a snapshot that will not be committed, or need not have been. */
    public void abort(String id) {
        uploaded.remove(id);
        try {
            tags.remove(savepointTag(id));
            parts.delete(id);
        } catch (IOException e) {
            throw new UncheckedIOException("snapshot " + id + " could not be dropped from " + files.address(), e);
        }
    }

    void dropPendingBehind(Manifest target) throws IOException {
        for (SnapshotParts.Part part : parts.all()) {
            Optional<Manifest> manifest = parts.find(part);
            if (manifest.isPresent() && Manifest.BY_LINEAGE.compare(manifest.get(), target) > 0) {
                files.delete(part.file());
            }
        }
    }

    /** Names of all committed snapshots. Files that no snapshot could have been named for are somebody else's. */
    public List<String> names() {
        try {
            return files.list("").stream()
                    .filter(name -> name.endsWith(MANIFEST))
                    .map(name -> name.substring(0, name.length() - MANIFEST.length()))
                    .filter(name -> ManifestRules.ID.matcher(name).matches())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the snapshot repository " + files.address(), e);
        }
    }

    /**
     * All committed snapshots, oldest first ({@link Manifest#BY_LINEAGE}). One that expires meanwhile is left out.
     *
     * @throws IllegalStateException naming a manifest that is damaged or of another release
     */
    public List<Manifest> list() {
        List<Manifest> all = new ArrayList<>();
        for (String id : names()) {
            try {
                all.add(manifests.read(id + MANIFEST));
            } catch (UncheckedIOException e) {
                if (present(id + MANIFEST)) {
                    throw e;
                }
            }
        }
        all.sort(Manifest.BY_LINEAGE);
        return all;
    }

    private boolean present(String name) {
        try {
            return files.size(name).isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look for " + name + " in " + files.address(), e);
        }
    }

    /** The newest committed snapshot ({@link Manifest#BY_LINEAGE}): of the last incarnation the highest tick. */
    public Optional<Manifest> latest() {
        List<Manifest> all = list();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
    }

    /**
     * A snapshot by name: committed, or still pending with all its parts (the commit's notification may have been
     * lost), or set aside by a rollback.
     *
     * @throws IllegalStateException if there is none, or a lane of it is missing
     */
    public Manifest load(String id) {
        if (ManifestRules.ID.matcher(id).matches()) {
            Optional<Manifest> pending = present(id + MANIFEST) ? Optional.empty() : pending(id);
            if (pending.isPresent()) {
                return pending.get();
            }
            for (String name : List.of(id + MANIFEST, Rollbacks.SET_ASIDE + id + MANIFEST)) {
                if (present(name)) {
                    return manifests.read(name);
                }
            }
        }
        throw new IllegalStateException("there is no snapshot " + id + " in " + files.address());
    }

    private Optional<Manifest> pending(String id) {
        try {
            List<SnapshotParts.Part> found = parts.of(id);
            return found.isEmpty() ? Optional.empty() : Optional.of(parts.merge(id, found));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look for snapshot " + id + " in " + files.address(), e);
        } catch (IllegalStateException | UncheckedIOException e) {
            // Its parts go when the learner that leads commits it.
            if (present(id + MANIFEST)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Puts the files of all lanes in place, as {@link #restore(Manifest, Path, LaneRange)}. */
    public void restore(Manifest manifest, Path directory) {
        restore(manifest, directory, LaneRange.all(manifest.layout()));
    }

    /**
     * Puts the files of some lanes in place, each checked against its size and checksum.
     *
     * @param directory a store directory to be; must not exist or be empty
     * @throws IllegalStateException naming the file that is missing or damaged; nothing is opened then
     */
    public void restore(Manifest manifest, Path directory, LaneRange lanes) {
        lanes.requireWithin(manifest.layout());
        try {
            LocalDirectory.requireEmpty(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + directory, e);
        }
        try {
            content.restore(manifest, directory, lanes);
        } catch (IOException e) {
            discard(directory);
            throw new UncheckedIOException("snapshot " + manifest.id() + " cannot be restored to " + directory, e);
        } catch (IllegalStateException e) {
            discard(directory);
            throw e;
        }
    }

    /** What was restored in part is no store, and what was cut in part no snapshot: it does not stay. */
    private static void discard(Path directory) {
        try {
            if (Files.isDirectory(directory)) {
                LocalDirectory.delete(directory);
            }
        } catch (IOException e) {
            LOG.warn("the half-made directory {} could not be removed", directory, e);
        }
    }

    /** Names that keep snapshots from expiring. */
    public SnapshotTags tags() {
        return tags;
    }

    /** Going back to an older snapshot. */
    public Rollbacks rollbacks() {
        return rollbacks;
    }

    /** What is wrong with a snapshot's files: missing, of another size, or of another checksum; empty if nothing is. */
    public List<String> verify(Manifest manifest) {
        return content.verify(manifest);
    }

    /** Removes all but the newest {@code keep} committed snapshots and the tagged ones, and objects that none needs. */
    public void expire(int keep) {
        expire(Retention.newest(keep), 0);
    }

    /**
     * Removes the committed snapshots that are not to be kept, and objects that none needs. For the learner that
     * leads; others may upload meanwhile.
     *
     * @param nowMillis now, ms since the epoch
     */
    public void expire(Retention retention, long nowMillis) {
        try {
            new SnapshotSweep(this, files, parts, manifests).run(retention, nowMillis);
        } catch (IOException e) {
            throw new UncheckedIOException("old snapshots cannot be removed from " + files.address(), e);
        }
    }

    /**
     * The same, unless the newest committed snapshot is another than the one that is named: nothing is removed then.
     *
     * @param newest name of a snapshot
     */
    public void expireBehind(String newest, Retention retention, long nowMillis) {
        try {
            new SnapshotSweep(this, files, parts, manifests).runBehind(newest, retention, nowMillis);
        } catch (IOException e) {
            throw new UncheckedIOException("old snapshots cannot be removed from " + files.address(), e);
        }
    }

    /** A number that rises with every learner that starts to lead on this repository. */
    public long nextIncarnation() {
        identity();
        return incarnations.next();
    }

    /** The highest of those numbers; 0 before the first. */
    public long lastIncarnation() {
        return incarnations.last();
    }
}
