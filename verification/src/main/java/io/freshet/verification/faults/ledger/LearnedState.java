package io.freshet.verification.faults.ledger;

import io.freshet.store.History;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A state on disk, opened after those that wrote it have ended: a learner's snapshot or a scorer's own store. */
public final class LearnedState implements AutoCloseable {
    private final RocksStore store;

    private LearnedState(RocksStore store) {
        this.store = store;
    }

    /** The newest committed snapshot; empty if there is none. */
    public static Optional<Manifest> newest(Path repository) throws InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try {
                return new SnapshotRepository(repository).latest();
            } catch (UncheckedIOException e) {
                // The learner removes old snapshots while we look; the next look finds the newer one.
                if (attempt == 50) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    /**
     * The newest committed snapshot, once it holds the log up to these offsets; empty if no other comes for so long.
     */
    public static Optional<Manifest> await(Path repository, Map<Integer, Long> end, int seconds)
            throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        long tick = -1;
        while (System.nanoTime() < deadline) {
            Optional<Manifest> latest = newest(repository);
            if (latest.isPresent() && latest.get().frontier().equals(end)) {
                return latest;
            }
            long reached = latest.map(Manifest::tick).orElse(-1L);
            if (reached > tick) {
                tick = reached;
                deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        return Optional.empty();
    }

    /** A snapshot, restored into a new directory. */
    public static LearnedState restore(Path repository, Manifest manifest, Path directory) {
        new SnapshotRepository(repository).restore(manifest, directory);
        return new LearnedState(RocksStore.open(directory, manifest.layout(), StoreOptions.follower()));
    }

    /** The store that a scorer left behind in its directory, of the layout of a learner's snapshot. */
    public static LearnedState ofScorer(Path directory, Manifest manifest) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            Path newest = files.filter(path -> path.getFileName().toString().startsWith("generation-"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow(() -> new IllegalStateException("the scorer has no store in " + directory));
            return new LearnedState(
                    RocksStore.open(newest.resolve("store"), manifest.layout(), StoreOptions.follower()));
        }
    }

    public long tick() {
        return store.tick();
    }

    /** Digest of every lane, hexadecimal: of all that was ever done to it. */
    public List<String> digests() {
        List<String> all = new ArrayList<>();
        for (byte[] digest : store.digests()) {
            all.add(HexFormat.of().formatHex(digest));
        }
        return all;
    }

    /** Digest over everything that is in it now, hexadecimal. */
    String deepDigest() {
        return HexFormat.of().formatHex(store.stateDigest());
    }

    /** Whether this is the same state, bit for bit, by the same way. */
    public boolean equalTo(LearnedState other) {
        return tick() == other.tick()
                && digests().equals(other.digests())
                && deepDigest().equals(other.deepDigest());
    }

    @Nullable
    public History history(long user) {
        return store.history(user);
    }

    @Override
    public void close() {
        store.close();
    }
}
