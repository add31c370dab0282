package io.freshet.dataset;

import io.freshet.schema.BehaviourEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A data set whose lines are events and whose lines are in order of time. */
final class LineStream implements EventStream {
    /** Turns a line into events, none to leave it out; throws {@link RuntimeException} if it cannot. */
    interface LineParser {
        List<BehaviourEvent> parse(String line, long number, Map<String, String> titles);
    }

    private final BufferedReader reader;
    private final LineParser parser;
    private final Map<String, String> titles = new ConcurrentHashMap<>();
    private long number;
    private long malformed;
    private long skipped;
    private final ArrayDeque<BehaviourEvent> next = new ArrayDeque<>();

    LineStream(BufferedReader reader, int headerLines, LineParser parser) {
        this(reader, headerLines, parser, Map.of());
    }

    /** @param knownTitles titles that came from another file */
    LineStream(BufferedReader reader, int headerLines, LineParser parser, Map<String, String> knownTitles) {
        titles.putAll(knownTitles);
        this.reader = reader;
        this.parser = parser;
        for (int i = 0; i < headerLines; i++) {
            readLine();
        }
        advance();
    }

    private @Nullable String readLine() {
        try {
            number++;
            return reader.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException("line " + number + " cannot be read", e);
        }
    }

    private void advance() {
        while (next.isEmpty()) {
            String line = readLine();
            if (line == null) {
                return;
            }
            try {
                next.addAll(parser.parse(line, number, titles));
                skipped += next.isEmpty() ? 1 : 0;
            } catch (RuntimeException e) {
                malformed++;
            }
        }
    }

    @Override
    public boolean hasNext() {
        return !next.isEmpty();
    }

    @Override
    public BehaviourEvent next() {
        BehaviourEvent event = next.poll();
        if (event == null) {
            throw new NoSuchElementException("the data set ended at line " + number);
        }
        advance();
        return event;
    }

    @Override
    public long malformedLines() {
        return malformed;
    }

    @Override
    public long skippedLines() {
        return skipped;
    }

    @Override
    public Map<String, String> titles() {
        return Collections.unmodifiableMap(titles);
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
