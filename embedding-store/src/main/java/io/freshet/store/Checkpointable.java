package io.freshet.store;

import java.nio.file.Path;
import java.util.Map;

/**
 * A store that a snapshot can be cut of: it says what it holds, and writes itself to a directory. To be asked between
 * two ticks, by the thread that writes the store.
 */
public interface Checkpointable {
    /** Ends the names of files that keep their content for ever, within one {@link #opening}. */
    String TABLE = ".sst";

    /** Shape of the store. */
    StoreLayout layout();

    /** Lanes that are held. */
    LaneRange held();

    /** Last tick applied; -1 before the first. */
    long tick();

    /** Highest log offset learned per partition, as of {@link #tick}. */
    Map<Integer, Long> frontier();

    /** Chained digests of the lanes, {@code [lanes][32]}; empty arrays for lanes that are not held. */
    byte[][] digests();

    /** As {@link StateReader#contentDigest}, {@code [32]}. */
    byte[] contentDigest(int lane);

    /** As {@link EmbeddingStore#ownDigest}, {@code [32]}. */
    byte[] ownDigest(int lane);

    /** Tells this opening of the store from any other: names of tables repeat after a restore. Without '-' and '.'. */
    String opening();

    /**
     * Writes a consistent copy of every lane held to its directory ({@code lane-NN}) below another, which is made and
     * on the store's file system: a flat directory of whole files.
     */
    void checkpoint(Path target);
}
