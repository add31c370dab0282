package io.freshet.benchmarks.simulation;

import io.freshet.benchmarks.simulation.LaneLearner.LaneFile;
import io.freshet.store.LaneDigests;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot repository in memory: objects that are shared by snapshots, manifests of parts that are pending until
 * they are committed as one, markers of uploads, expiry and sweep. A model of {@link
 * io.freshet.store.snapshot.SnapshotRepository}, which is bound to files.
 */
final class Repository {
    private final TreeMap<String, LaneFile> objects = new TreeMap<>();
    private final TreeMap<String, Manifest> committed = new TreeMap<>();
    /** Parts of snapshots, by snapshot and first lane. */
    private final TreeMap<String, TreeMap<Integer, Manifest>> pending = new TreeMap<>();
    /** Uploads under way, {@code opening/snapshot}. */
    private final Set<String> markers = new TreeSet<>();

    private long incarnations;
    private int version;

    long nextIncarnation() {
        return ++incarnations;
    }

    /** Rises with every change. */
    int version() {
        return version;
    }

    /** An upload begins; gives the newest committed snapshot, whose files it may share. */
    Optional<Manifest> begin(String marker) {
        markers.add(marker);
        return newestFirst().stream().findFirst();
    }

    void end(String marker) {
        markers.remove(marker);
    }

    /** Uploads of learners that are gone: their working directories went with them. */
    void removeAbandonedUploads() {
        markers.clear();
    }

    boolean underWay(String marker) {
        return markers.contains(marker);
    }

    void put(String object, LaneFile file) {
        objects.put(object, file);
        version++;
    }

    /** A part is uploaded. */
    void publish(Manifest part, int firstLane) {
        pending.computeIfAbsent(part.id(), id -> new TreeMap<>()).put(firstLane, part);
        version++;
    }

    void commit(String id) {
        if (!committed.containsKey(id)) {
            Manifest manifest = merged(id);
            if (manifest == null) {
                throw new IllegalStateException("snapshot " + id + " could not be committed: it is not whole");
            }
            committed.put(id, manifest);
        }
        pending.remove(id);
        version++;
    }

    void abort(String id) {
        pending.remove(id);
        version++;
    }

    /** A snapshot by name, committed or still pending; null if there is none, or parts are missing. */
    @Nullable
    Manifest find(String id) {
        Manifest found = committed.get(id);
        return found == null ? merged(id) : found;
    }

    private @Nullable Manifest merged(String id) {
        TreeMap<Integer, Manifest> parts = pending.get(id);
        if (parts == null) {
            return null;
        }
        List<StoredFile> files = new ArrayList<>();
        List<LaneDigests> digests = new ArrayList<>();
        for (Manifest part : parts.values()) {
            files.addAll(part.files());
            digests.addAll(part.lanes());
        }
        Manifest first = parts.firstEntry().getValue();
        return digests.size() < LaneLearner.LANES ? null : Upload.manifest(first, digests, files);
    }

    /** The committed snapshots, newest first. */
    List<Manifest> newestFirst() {
        List<Manifest> all = new ArrayList<>(committed.values());
        all.sort(Comparator.comparingLong(Manifest::tick)
                .thenComparing(Manifest::id)
                .reversed());
        return all;
    }

    /**
     * Objects and uploads as a sweep saw them first.
     *
     * @param objects all objects
     * @param openings openings of stores that were uploading
     */
    record Seen(Set<String> objects, Set<String> openings) {}

    /** First half of an expiry: removes old manifests, then lists objects, then uploads. */
    Seen expire(int keep) {
        List<Manifest> all = newestFirst();
        long oldestKept = Long.MAX_VALUE;
        for (int i = 0; i < all.size(); i++) {
            if (i < keep) {
                oldestKept = all.get(i).tick();
            } else {
                committed.remove(all.get(i).id());
            }
        }
        long oldest = oldestKept;
        pending.values().removeIf(parts -> parts.firstEntry().getValue().tick() < oldest);
        version++;
        Set<String> openings = new HashSet<>();
        markers.forEach(marker -> openings.add(marker.substring(0, marker.indexOf('/'))));
        return new Seen(Set.copyOf(objects.keySet()), openings);
    }

    /** Second half: removes those objects that no manifest needs. Uploads may have gone on in between. */
    void sweep(Seen seen) {
        Set<String> needed = new HashSet<>();
        pending.values().forEach(parts -> parts.values().forEach(part -> need(part, needed)));
        committed.values().forEach(manifest -> need(manifest, needed));
        objects.keySet()
                .removeIf(object -> seen.objects().contains(object)
                        && !needed.contains(object)
                        && !seen.openings().contains(object.split("-")[1]));
        version++;
    }

    private static void need(Manifest manifest, Set<String> needed) {
        manifest.files().forEach(file -> needed.add(file.object()));
    }

    /** A file of a snapshot, or null if it is gone. */
    @Nullable
    LaneFile get(StoredFile file) {
        return objects.get(file.object());
    }

    /** Objects that a snapshot lacks. */
    List<String> missing(Manifest manifest) {
        return manifest.files().stream()
                .map(StoredFile::object)
                .filter(object -> !objects.containsKey(object))
                .toList();
    }
}
