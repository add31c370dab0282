package io.freshet.dataset;

import io.freshet.schema.BehaviourEvent;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Several streams, one behind the other; each is opened when its turn comes. */
final class ChainedStream implements EventStream {
    private final List<Supplier<EventStream>> streams;
    private final Map<String, String> titles = new ConcurrentHashMap<>();
    private EventStream current;
    private int next = 1;
    private long lines;
    private long malformed;
    private long skipped;
    private String firstProblem = "";

    /** @param streams at least one */
    ChainedStream(List<Supplier<EventStream>> streams) {
        this.streams = streams;
        current = streams.get(0).get();
    }

    @Override
    public boolean hasNext() {
        while (!current.hasNext() && next < streams.size()) {
            firstProblem = firstProblem();
            lines += current.lines();
            malformed += current.malformedLines();
            skipped += current.skippedLines();
            titles.putAll(current.titles());
            current.close();
            current = streams.get(next++).get();
        }
        return current.hasNext();
    }

    @Override
    public BehaviourEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the data set ended");
        }
        return current.next();
    }

    @Override
    public long lines() {
        return lines + current.lines();
    }

    @Override
    public String firstProblem() {
        return firstProblem.isEmpty() ? current.firstProblem() : firstProblem;
    }

    @Override
    public long malformedLines() {
        return malformed + current.malformedLines();
    }

    @Override
    public long skippedLines() {
        return skipped + current.skippedLines();
    }

    @Override
    public Map<String, String> titles() {
        return titles;
    }

    @Override
    public void close() {
        current.close();
    }
}
