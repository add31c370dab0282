package io.freshet.store;

import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A consistent reading of the state as of one tick, of the lanes that are held. What belongs to another lane is refused
 * with an {@link IllegalStateException} that names it.
 */
public interface StateReader {
    /** Shape of the store. */
    StoreLayout layout();

    /** Lanes that are held; all of them in most stores. */
    LaneRange held();

    /** Last tick applied; -1 before the first. */
    long tick();

    /** Highest log offset learned per partition, as of {@link #tick}. */
    Map<Integer, Long> frontier();

    /** History of a user, or null if there is none. */
    @Nullable
    History history(long user);

    /** Row and optimizer state of an item, or null if there is none. A follower's optimizer states are all zero. */
    @Nullable
    RowChange row(long item);

    /**
     * Digest of what serving reads of a lane held (rows, co-occurrence rows, histories, dense tensors written with
     * ticks), as of {@link #tick}: a {@code ContentDigest}, {@code [32]}. The same for a learner and a follower, and
     * however many learners there were.
     */
    byte[] contentDigest(int lane);

    /** Visits all rows held, lane by lane in key order. */
    void forEachRow(Consumer<RowChange> visitor);

    /**
     * Visits all co-occurrence rows held, lane by lane in key order. A row stands in the lane whose changes brought it,
     * whatever the lane of its item; so an item may have one in every lane.
     */
    void forEachCoOccurrence(CoOccurrenceVisitor visitor);

    /** Visits all co-occurrence rows held without the lanes that they stand in. */
    default void forEachCoOccurrence(Consumer<CoOccurrenceRow> visitor) {
        forEachCoOccurrence((int lane, CoOccurrenceRow row) -> visitor.accept(row));
    }

    /** A dense tensor of a lane, {@code [n]}, the owner's before the one written with ticks; null if there is none. */
    float @Nullable [] dense(int lane, String name);

    /** A dense tensor of lane 0, {@code [n]}, the owner's before the one written with ticks; null if there is none. */
    default float @Nullable [] dense(String name) {
        return dense(0, name);
    }

    /** A small named value of the owner's (clock, counters) in a lane, {@code [bytes]}, or null. */
    byte @Nullable [] attribute(int lane, String name);

    /** A small named value of the owner's in lane 0, {@code [bytes]}, or null. */
    default byte @Nullable [] attribute(String name) {
        return attribute(0, name);
    }
}
