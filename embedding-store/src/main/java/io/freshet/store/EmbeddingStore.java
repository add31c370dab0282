package io.freshet.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The learned state of one process, or of the lanes that it holds: written by one thread, tick by tick; read by any
 * number through {@link #view}.
 *
 * <p>The methods of {@link StateReader} on the store itself belong to the writing thread and see its last write.
 */
public interface EmbeddingStore extends StateReader, AutoCloseable {
    /**
     * Applies a tick: per lane held one atomic write of rows, their optimizer states, histories, dense tensors, change
     * list and tick marker. The changes have an entry for every lane of the layout; those of lanes that are not held
     * are not read.
     *
     * @return digests after this tick: SHA-256 of a lane's digest before it and its changes in serving format
     *     ({@code LaneChangesCodec}), and {@link #contentDigest}
     * @throws IllegalStateException if the tick is not after {@link #tick}
     */
    AppliedTick apply(TickChanges changes);

    /**
     * Digests of the lanes as of the last tick, {@code [lanes][32]}; zeroes before the first tick. Those of lanes that
     * are not held are empty arrays.
     */
    byte[][] digests();

    /** Digests after a tick of the recent past, {@code [lanes][32]} as {@link #digests}; null if it is not kept. */
    byte @Nullable [][] digestsAt(long tick);

    /**
     * Writes tensors that only the learner reads (weights, moments) and attributes to a lane held; outside any tick,
     * before a snapshot. Every lane has names of its own.
     *
     * @param dense tensors by name, {@code [n]} each
     * @param attributes by name, {@code [bytes]} each
     */
    void writeOwnState(int lane, Map<String, float[]> dense, Map<String, byte[]> attributes);

    /** Writes tensors, {@code dense [n]}, and {@code attributes [bytes]} that only the learner reads to lane 0. */
    default void writeOwnState(Map<String, float[]> dense, Map<String, byte[]> attributes) {
        writeOwnState(0, dense, attributes);
    }

    /** A consistent view at the last tick applied; may be called from any thread. */
    StateView view();

    /**
     * SHA-256, {@code [32]}, over everything held that serving reads, in key order: rows, histories, dense tensors
     * written with ticks. The same for a learner and a follower at the same tick.
     */
    byte[] stateDigest();

    /**
     * Digest of what only the learner reads of a lane held (optimizer states, its own tensors and attributes): a {@code
     * ContentDigest}, {@code [32]}.
     */
    byte[] ownDigest(int lane);

    /**
     * Reads everything held and compares it with {@link #contentDigest} and {@link #ownDigest}, which are kept from
     * write to write.
     *
     * @throws IllegalStateException naming the lane that is damaged
     */
    void verifyContent();

    @Override
    void close();
}
