package io.freshet.dataset;

import io.freshet.schema.BehaviourEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A data set that is not in order of time: read whole, sorted by time, equals in file order. */
final class SortedStream implements EventStream {
    /** Events after which it says that it is still reading. */
    private static final int TOLD_EVERY = 1_000_000;

    private final EventStream source;
    private final Extent extent;
    private final Iterator<BehaviourEvent> sorted;

    /** @param notes hears how large a data set is that has to be held in memory */
    SortedStream(EventStream source, Consumer<String> notes) {
        this.source = source;
        List<BehaviourEvent> all = new ArrayList<>();
        while (source.hasNext()) {
            all.add(source.next());
            if (all.size() % TOLD_EVERY == 0) {
                notes.accept(String.format(
                        Locale.ROOT,
                        "%,d events read so far; all are held in memory, to be put in order of time",
                        all.size()));
            }
        }
        all.sort(Comparator.comparingLong(BehaviourEvent::eventTimeMillis));
        extent = new Extent(all.size(), all.get(all.size() - 1).eventTimeMillis());
        sorted = all.iterator();
    }

    @Override
    public boolean hasNext() {
        return sorted.hasNext();
    }

    @Override
    public BehaviourEvent next() {
        return sorted.next();
    }

    @Override
    public long lines() {
        return source.lines();
    }

    @Override
    public long malformedLines() {
        return source.malformedLines();
    }

    @Override
    public long skippedLines() {
        return source.skippedLines();
    }

    @Override
    public String firstProblem() {
        return source.firstProblem();
    }

    @Override
    public Optional<Extent> extent() {
        return Optional.of(extent);
    }

    @Override
    public Map<String, String> titles() {
        return source.titles();
    }

    @Override
    public void close() {
        source.close();
    }
}
