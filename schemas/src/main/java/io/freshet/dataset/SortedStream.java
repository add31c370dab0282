package io.freshet.dataset;

import io.freshet.schema.BehaviourEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** A data set that is not in order of time: read whole, sorted by time, equals in file order. */
final class SortedStream implements EventStream {
    private final EventStream source;
    private final Iterator<BehaviourEvent> sorted;

    SortedStream(EventStream source) {
        this.source = source;
        List<BehaviourEvent> all = new ArrayList<>();
        source.forEachRemaining(all::add);
        all.sort(Comparator.comparingLong(BehaviourEvent::eventTimeMillis));
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
    public long malformedLines() {
        return source.malformedLines();
    }

    @Override
    public long skippedLines() {
        return source.skippedLines();
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
