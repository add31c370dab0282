package io.freshet.serving;

import java.util.List;
import java.util.Set;

/**
 * An answer.
 *
 * @param items scored items; for a score query in the query's order, else best first
 * @param version state that it came from
 * @param ageMillis age of that state
 * @param degraded what to know about it
 * @param coverage share of what was asked for that could be answered, 0 to 1
 * @param seenSinceMillis if seen items were left out and the subject's history may be longer than what is stored: event
 *     time of the first stored event, before which nothing is known to be seen; else 0
 * @param queueNanos time between the query and its turn
 * @param computeNanos time of its turn
 */
public record Answer(
        List<Item> items,
        Version version,
        long ageMillis,
        Set<Degradation> degraded,
        double coverage,
        long seenSinceMillis,
        long queueNanos,
        long computeNanos) {
    /**
     * A scored item.
     *
     * @param id as the log has it
     * @param score finite; an unknown item's is the lowest of the known ones that were asked for, 0 without any
     * @param known whether the model knows the item
     */
    public record Item(String id, double score, boolean known) {}
}
