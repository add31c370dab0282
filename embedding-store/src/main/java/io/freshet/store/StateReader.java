package io.freshet.store;

import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A consistent reading of the state as of one tick. */
public interface StateReader {
    /** Shape of the store. */
    StoreLayout layout();

    /** Last tick applied; -1 before the first. */
    long tick();

    /** Highest log offset learned per partition, as of {@link #tick}. */
    Map<Integer, Long> frontier();

    /** History of a user, or null if there is none. */
    @Nullable
    History history(long user);

    /** Row and slot of an item, or null if there is none. A follower's slots are all zero. */
    @Nullable
    RowChange row(long item);

    /** Visits all rows, lane by lane in key order. */
    void forEachRow(Consumer<RowChange> visitor);

    /** Visits all transition rows, lane by lane in key order. */
    void forEachTransition(Consumer<TransitionRow> visitor);

    /** A dense tensor, or null if there is none of that name. */
    float @Nullable [] dense(String name);

    /** A small named value of the owner's (clock, counters), or null. */
    byte @Nullable [] attribute(String name);
}
