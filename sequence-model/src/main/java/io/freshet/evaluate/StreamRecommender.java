package io.freshet.evaluate;

import io.freshet.store.Interaction;
import java.util.List;

/** A recommender that ranks the items of a stream, and learns from it event by event, in log order. */
public interface StreamRecommender {
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

    /** Tokens that it trained on so far; 0 if it is no network. */
    default long tokens() {
        return 0;
    }
}
