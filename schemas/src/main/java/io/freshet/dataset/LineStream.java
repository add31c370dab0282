package io.freshet.dataset;

import io.freshet.schema.BehaviourEvent;
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

    /**
     * What the first line says of the others.
     *
     * @param parser reads them
     * @param withFirst whether the first is one of them
     */
    record Begun(LineParser parser, boolean withFirst) {}

    /** Lines without an event after which a file is given up. */
    private static final long PATIENCE = 100_000;

    private final String name;
    private final LineReader reader;
    private final LineParser parser;
    private final Map<String, String> titles = new ConcurrentHashMap<>();
    private final ArrayDeque<BehaviourEvent> next = new ArrayDeque<>();
    private long lines;
    private long events;
    private long malformed;
    private long skipped;
    private String firstProblem = "";

    /**
     * Opens a stream.
     *
     * @param name of the file, for what is said of it
     * @param knownTitles titles that came from another file
     * @throws DataFileException if it has other columns, or no event at all
     */
    LineStream(String name, LineReader reader, Table table, Map<String, String> knownTitles) {
        this.name = name;
        this.reader = reader;
        titles.putAll(knownTitles);
        try {
            LineReader.Line first = readLine();
            if (first == null) {
                throw new DataFileException("it is empty: 0 lines");
            }
            if (!first.problem().isEmpty()) {
                throw new DataFileException("line 1: " + first.problem());
            }
            Begun begun = begin(table, first.text());
            parser = begun.parser();
            if (begun.withFirst()) {
                take(first);
            }
            advance();
            requireEvents();
        } catch (DataFileException e) {
            close();
            throw new DataFileException(name + ": no event in it: " + e.getMessage(), e);
        }
    }

    private static Begun begin(Table table, String first) {
        try {
            return table.begin(first);
        } catch (IllegalArgumentException e) {
            throw new DataFileException("line 1: " + e.getMessage(), e);
        } catch (DataFileException e) {
            throw new DataFileException("read 1 line, " + e.getMessage(), e);
        }
    }

    private void requireEvents() {
        if (next.isEmpty()) {
            throw new DataFileException("read " + lines + (lines == 1 ? " line, " : " lines, ") + malformed
                    + " malformed, " + skipped + " left out on purpose"
                    + (firstProblem.isEmpty() ? "" : "; the first that is malformed: " + firstProblem));
        }
    }

    private LineReader.@Nullable Line readLine() {
        try {
            LineReader.Line line = reader.next();
            lines += line == null ? 0 : 1;
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    name + ": line " + (lines + 1) + " cannot be read: " + DataFile.reason(e), e);
        }
    }

    private void advance() {
        while (next.isEmpty() && (events > 0 || malformed < PATIENCE)) {
            LineReader.Line line = readLine();
            if (line == null) {
                return;
            }
            take(line);
        }
    }

    private void take(LineReader.Line line) {
        String problem = line.problem();
        if (problem.isEmpty()) {
            try {
                if (line.text().isBlank()) {
                    throw new IllegalArgumentException("an empty line");
                }
                next.addAll(parser.parse(line.text(), line.number(), titles));
                skipped += next.isEmpty() ? 1 : 0;
                events += next.size();
            } catch (RuntimeException e) {
                problem = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            }
        }
        if (!problem.isEmpty()) {
            malformed++;
            firstProblem = firstProblem.isEmpty() ? "line " + line.number() + ": " + problem : firstProblem;
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
            throw new NoSuchElementException("the data set ended at line " + lines);
        }
        advance();
        return event;
    }

    @Override
    public long lines() {
        return lines;
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
    public String firstProblem() {
        return firstProblem.isEmpty() ? "" : name + " " + firstProblem;
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
