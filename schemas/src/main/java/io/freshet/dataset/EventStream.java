package io.freshet.dataset;

import io.freshet.schema.BehaviourEvent;
import java.util.Iterator;
import java.util.Map;

/** The events of a data set, oldest first; to be closed. */
public interface EventStream extends Iterator<BehaviourEvent>, AutoCloseable {
    /** Lines so far that could not be read as an event. */
    long malformedLines();

    /** Lines so far that are left out on purpose (no user, for example). */
    long skippedLines();

    /** Titles of the items seen so far, by item id; empty where the data set has none. */
    Map<String, String> titles();

    @Override
    void close();
}
