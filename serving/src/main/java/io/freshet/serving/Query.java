package io.freshet.serving;

import java.util.List;
import java.util.Set;

/** A question to the engine. */
public sealed interface Query {
    /**
     * Scores of given items.
     *
     * @param items ids as the log has them
     * @param requestTimeMillis the request's time, ms since the epoch
     */
    record Score(Subject subject, List<String> items, long requestTimeMillis) implements Query {}

    /**
     * The best items.
     *
     * @param k how many
     * @param exclude items left out
     * @param excludeSeen whether items of the history are left out
     */
    record Recommend(Subject subject, int k, Set<String> exclude, boolean excludeSeen, long requestTimeMillis)
            implements Query {}

    /** The items nearest to one. */
    record Similar(String item, int k) implements Query {}
}
