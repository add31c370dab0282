package io.freshet.dataset;

import io.freshet.schema.BehaviourEvent;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The events of a data set, oldest first; to be closed. */
public interface EventStream extends Iterator<BehaviourEvent>, AutoCloseable {
    /**
     * How far a data set reaches.
     *
     * @param events how many there are
     * @param newestMillis time of the newest, ms since the epoch
     */
    record Extent(long events, long newestMillis) {}

    /** Lines so far. */
    long lines();

    /** Lines so far that could not be read as an event. */
    long malformedLines();

    /** Lines so far that are left out on purpose (no user, for example). */
    long skippedLines();

    /** The first line that could not be read: its file, its number and why; empty if there is none. */
    String firstProblem();

    /** How far it reaches, where that is known before its end. */
    default Optional<Extent> extent() {
        return Optional.empty();
    }

    /** What was read so far, in words. */
    default String told() {
        return String.format(
                        Locale.ROOT,
                        "read %,d lines, %,d malformed, %,d left out on purpose",
                        lines(),
                        malformedLines(),
                        skippedLines())
                + (firstProblem().isEmpty() ? "" : "; the first that is malformed: " + firstProblem());
    }

    /** Titles of the items seen so far, by item id; empty where the data set has none. */
    Map<String, String> titles();

    @Override
    void close();
}
