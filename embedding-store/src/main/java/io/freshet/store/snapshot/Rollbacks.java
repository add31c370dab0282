package io.freshet.store.snapshot;

import io.freshet.store.directory.CheckedText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Going back to an older snapshot: {@code rollback} says which, until the learner that began there has a checkpoint
 * of its own; {@code rolled-back/} has the manifests of the snapshots that were newer. Those can be shown, compared and
 * tagged, but nobody begins from them; untagged ones expire with that checkpoint.
 */
public final class Rollbacks {
    private static final String MARKER = "rollback";
    private static final CheckedText TEXT = new CheckedText("freshet-rollback", 1);
    private static final Pattern LINES =
            Pattern.compile("snapshot (" + ManifestRules.ID.pattern() + ")\nlast-incarnation (\\d{1,12})");
    private static final int MOST_BYTES = 4096;
    static final String SET_ASIDE = "rolled-back/";

    /**
     * A rollback that no learner has completed.
     *
     * @param snapshot name of the snapshot to begin from
     * @param lastIncarnation of the learners that are not to go on
     */
    public record Pending(String snapshot, long lastIncarnation) {}

    private final SnapshotRepository repository;
    private final SnapshotFiles files;
    private final ManifestFile manifests;

    Rollbacks(SnapshotRepository repository, SnapshotFiles files, ManifestFile manifests) {
        this.repository = repository;
        this.files = files;
        this.manifests = manifests;
    }

    /** The rollback that the next learner begins with, if there is one. */
    public Optional<Pending> pending() {
        try {
            if (files.size(MARKER).isEmpty()) {
                return Optional.empty();
            }
            try (InputStream in = files.open(MARKER)) {
                return Optional.of(read(in.readNBytes(MOST_BYTES)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + files.address() + "/" + MARKER, e);
        }
    }

    private Pending read(byte[] bytes) {
        String file = files.address() + "/" + MARKER;
        String body = TEXT.read(bytes, file, "begin the rollback again with 'freshet models rollback'");
        Matcher lines = LINES.matcher(body);
        if (!lines.matches()) {
            throw new IllegalStateException(file + " says '" + body + "', expected a snapshot and an incarnation");
        }
        return new Pending(lines.group(1), Long.parseLong(lines.group(2)));
    }

    private static byte[] toBytes(Pending pending) {
        return TEXT.write("snapshot " + pending.snapshot() + "\nlast-incarnation " + pending.lastIncarnation());
    }

    /** Committed snapshots that a rollback would set aside, oldest first. */
    public List<Manifest> newerThan(Manifest target) {
        List<Manifest> all = repository.list();
        int at = 0;
        while (at < all.size() && !all.get(at).id().equals(target.id())) {
            at++;
        }
        if (at == all.size()) {
            throw new IllegalStateException("snapshot " + target.id() + " is not one of the committed snapshots in "
                    + files.address() + "; choose one that 'freshet models ls' lists");
        }
        return all.subList(at + 1, all.size());
    }

    /**
     * Makes the next learner begin from a committed snapshot. No learner may be running. Done again after it was
     * interrupted, it is completed.
     *
     * @return the snapshots that were set aside
     */
    public List<Manifest> begin(Manifest target) {
        // Savepoints are set aside with the others, and keep their tags.
        repository.commitSavepoints(manifest -> true);
        List<Manifest> newer = newerThan(target);
        try {
            Pending pending = new Pending(target.id(), repository.lastIncarnation());
            files.publish(MARKER, new ByteArrayInputStream(toBytes(pending)));
            repository.dropPendingBehind(target);
            for (Manifest manifest : newer) {
                manifests.write(SET_ASIDE + manifest.id() + SnapshotRepository.MANIFEST, manifest);
                files.delete(manifest.id() + SnapshotRepository.MANIFEST);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the rollback to " + target.id() + " in " + files.address() + " is not complete; do it again", e);
        }
        return newer;
    }

    /** Says that a learner which began from the snapshot has a checkpoint of its own. */
    public void complete() {
        try {
            files.delete(MARKER);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + files.address() + "/" + MARKER, e);
        }
    }

    /** Files of the manifests that were set aside. */
    List<String> setAside() throws IOException {
        return files.list(SET_ASIDE).stream().map(name -> SET_ASIDE + name).toList();
    }

    void expire(Set<String> tagged) throws IOException {
        for (String name : setAside()) {
            String id = name.substring(SET_ASIDE.length(), name.length() - SnapshotRepository.MANIFEST.length());
            if (!tagged.contains(id)) {
                files.delete(name);
            }
        }
    }
}
