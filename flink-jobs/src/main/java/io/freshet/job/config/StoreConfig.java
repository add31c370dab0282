package io.freshet.job.config;

import io.freshet.job.repository.RepositoryAddress;
import io.freshet.schema.EntityIds;
import io.freshet.store.KeyGroups;
import io.freshet.store.StoreLayout;
import io.freshet.store.snapshot.Retention;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.Serializable;

/**
 * The learner's state: its shape, where it is, and how long snapshots are kept.
 *
 * @param lanes lanes of the store, fixed when it is created
 * @param historyLength most interactions kept per user
 * @param idKey key of the hashes that users, sessions, items and events have inside; 32 hexadecimal digits
 * @param repository the snapshot repository: a directory, or an address as {@link RepositoryAddress} takes it
 * @param stateDirectory directory for the working copy of the state
 * @param keepSnapshots snapshots to keep
 * @param keepMillis age up to which they are kept, ms; 0 for any. The newest one stays in any case
 */
public record StoreConfig(
        int lanes,
        int historyLength,
        String idKey,
        String repository,
        String stateDirectory,
        int keepSnapshots,
        long keepMillis)
        implements Serializable {
    /** Number of key groups; Flink's maximum parallelism. */
    public static final int KEY_GROUPS = 128;

    public StoreConfig {
        ConfigKey.check(
                Integer.bitCount(lanes) == 1 && lanes <= KEY_GROUPS, "store.lanes", lanes, "a power of two up to 128");
        ConfigKey.check(historyLength > 0 && historyLength <= 4096, "store.history-length", historyLength, "1 to 4096");
        ConfigKey.check(
                idKey.matches("[0-9a-fA-F]{32}"),
                "store.id-key",
                idKey.length() + " characters",
                "32 hexadecimal digits");
        ConfigKey.check(!repository.isBlank(), "store.repository", repository, "a directory or an address");
        ConfigKey.check(keepSnapshots > 0, "store.keep-snapshots", keepSnapshots, "at least 1");
        ConfigKey.check(keepMillis >= 0, "store.keep-age", keepMillis, "an age, or 0 ms");
    }

    /** Who owns which id. */
    public KeyGroups keyGroups() {
        return new KeyGroups(lanes, KEY_GROUPS);
    }

    /**
     * Shape of the store.
     *
     * @param width floats in an embedding row
     */
    public StoreLayout layout(int width) {
        return new StoreLayout(lanes, KEY_GROUPS, width, historyLength);
    }

    /** Hashes of what events name; of one state always the same. */
    public EntityIds ids() {
        return EntityIds.keyed(idKey);
    }

    /** The snapshot repository, opened. */
    public SnapshotRepository openRepository() {
        return new RepositoryAddress(repository).open();
    }

    /** Which snapshots are kept. */
    public Retention retention() {
        return new Retention(keepSnapshots, keepMillis == 0 ? Long.MAX_VALUE : keepMillis);
    }
}
