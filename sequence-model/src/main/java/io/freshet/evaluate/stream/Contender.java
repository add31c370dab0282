package io.freshet.evaluate.stream;

import io.freshet.store.Interaction;
import java.util.List;

/** Somebody who ranks the items of a stream, and learns from it event by event, in log order. */
interface Contender {
    /** Name for tables. */
    String name();

    /**
     * Rank of an event's item before it is learned from: 0 is best, -1 unknown.
     *
     * @param history the user's interactions so far, oldest first
     * @param session those of the event's session
     */
    int rank(StreamEvent event, List<Interaction> history, List<Interaction> session);

    /** Learns from an event; arguments as in {@link #rank}. */
    void learn(StreamEvent event, List<Interaction> history, List<Interaction> session);

    /** A new period begins. */
    default void period(int period) {}
}
