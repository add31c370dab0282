package io.freshet.store.snapshot;

import io.freshet.store.LaneRange;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parts of snapshots that are uploaded but not committed: {@code pending/<id>.<first lane>-<lane behind the
 * last>.json}, a manifest each.
 */
final class SnapshotParts {
    static final String DIRECTORY = "pending/";
    private static final Pattern NAME = Pattern.compile("(.+)\\.(\\d{1,6})-(\\d{1,6})\\.json");

    /** A part in the repository. */
    record Part(String file, String id, LaneRange lanes) {}

    private final SnapshotFiles files;
    private final ManifestFile manifests;

    SnapshotParts(SnapshotFiles files, ManifestFile manifests) {
        this.files = files;
        this.manifests = manifests;
    }

    static String suffix(String id, LaneRange lanes) {
        return id + "." + lanes.from() + "-" + lanes.to();
    }

    void publish(Manifest part, LaneRange lanes) throws IOException {
        manifests.write(DIRECTORY + suffix(part.id(), lanes) + ".json", part);
    }

    List<Part> all() throws IOException {
        List<Part> parts = new ArrayList<>();
        for (String name : files.list(DIRECTORY)) {
            Matcher matcher = NAME.matcher(name);
            if (matcher.matches()) {
                int from = Integer.parseInt(matcher.group(2));
                int to = Integer.parseInt(matcher.group(3));
                if (to > from) {
                    parts.add(new Part(DIRECTORY + name, matcher.group(1), new LaneRange(from, to)));
                }
            }
        }
        parts.sort(Comparator.comparing(Part::id)
                .thenComparingInt(part -> part.lanes().from()));
        return parts;
    }

    List<Part> of(String id) throws IOException {
        return all().stream().filter(part -> part.id().equals(id)).toList();
    }

    private Manifest read(Part part) {
        return manifests.read(part.file());
    }

    /** A part's manifest; empty if it is gone by now: it was dropped, or committed with the others. */
    Optional<Manifest> find(Part part) throws IOException {
        try {
            return Optional.of(read(part));
        } catch (UncheckedIOException e) {
            if (files.size(part.file()).isEmpty()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Names of the savepoints whose parts are all here, of those that are asked for. */
    Set<String> savepoints(Predicate<Manifest> which) throws IOException {
        Map<String, List<Part>> byId = new TreeMap<>();
        all().forEach(part ->
                byId.computeIfAbsent(part.id(), id -> new ArrayList<>()).add(part));
        Set<String> whole = new TreeSet<>();
        for (Map.Entry<String, List<Part>> one : byId.entrySet()) {
            Optional<Manifest> manifest = find(one.getValue().get(0));
            if (manifest.isPresent()
                    && manifest.get().ofSavepoint()
                    && which.test(manifest.get())
                    && haveEveryLane(one.getValue(), manifest.get().layout().lanes())) {
                whole.add(one.getKey());
            }
        }
        return whole;
    }

    /** Whether parts in lane order follow each other from the first lane to the last. */
    private static boolean haveEveryLane(List<Part> parts, int lanes) {
        int next = 0;
        for (Part part : parts) {
            if (part.lanes().from() != next) {
                return false;
            }
            next = part.lanes().to();
        }
        return next == lanes;
    }

    void delete(String id) throws IOException {
        for (Part part : of(id)) {
            files.delete(part.file());
        }
    }

    /**
     * One manifest from parts in lane order.
     *
     * @throws IllegalStateException naming the lane that is missing or there twice, or what the parts disagree on
     */
    Manifest merge(String id, List<Part> parts) {
        requireEveryLaneOnce(id, parts);
        List<Manifest> read = parts.stream().map(this::read).toList();
        Manifest first = read.get(0);
        List<LaneDigests> digests = new ArrayList<>();
        List<StoredFile> all = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < parts.size(); i++) {
            LaneRange lanes = parts.get(i).lanes();
            requireSame(parts, first, read.get(i), i);
            digests.addAll(read.get(i).lanes().subList(lanes.from(), lanes.to()));
            all.addAll(read.get(i).files());
            next = lanes.to();
        }
        if (next != first.layout().lanes()) {
            throw incomplete(id, " lacks lane " + next, parts);
        }
        return new Manifest(
                first.format(),
                first.repository(),
                id,
                first.createdMillis(),
                first.tick(),
                first.frontier(),
                first.layout(),
                digests,
                first.properties(),
                first.feedOffsets(),
                all);
    }

    private void requireEveryLaneOnce(String id, List<Part> parts) {
        int next = 0;
        for (Part part : parts) {
            int from = part.lanes().from();
            if (from != next) {
                throw incomplete(id, from > next ? " lacks lane " + next : " has lane " + from + " twice", parts);
            }
            next = part.lanes().to();
        }
    }

    private IllegalStateException incomplete(String id, String what, List<Part> parts) {
        return new IllegalStateException("snapshot " + id + " in " + files.address() + what + ": its parts are "
                + parts.stream().map(part -> part.lanes().toString()).toList());
    }

    private static void requireSame(List<Part> parts, Manifest first, Manifest other, int i) {
        if (other.tick() != first.tick()
                || !other.repository().equals(first.repository())
                || !other.layout().equals(first.layout())
                || !other.frontier().equals(first.frontier())) {
            throw new IllegalStateException("the parts of snapshot " + first.id() + " are not of one state: "
                    + parts.get(0).lanes() + " at tick " + first.tick() + " " + first.frontier() + " of "
                    + first.layout() + ", " + parts.get(i).lanes() + " at tick " + other.tick() + " "
                    + other.frontier() + " of " + other.layout()
                    + (other.repository().equals(first.repository()) ? "" : " of another repository"));
        }
    }
}
