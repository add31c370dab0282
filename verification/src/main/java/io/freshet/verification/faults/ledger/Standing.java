package io.freshet.verification.faults.ledger;

import io.freshet.verification.faults.log.Deliveries.Delivery;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * How long ticks stood although the log had something new: from the first record behind a published tick to the next
 * tick that is published.
 *
 * @param longestMillis in the whole run, recoveries and cuts included
 * @param longestCalmMillis while nothing was done to the system, and it had recovered
 */
public record Standing(long longestMillis, long longestCalmMillis) {
    /**
     * A time in which nothing was done to the system, wall clock, ms.
     *
     * @param from when it had recovered
     * @param to when the next fault began
     */
    public record Calm(long from, long to) {}

    /**
     * Measures.
     *
     * @param publishedAt when ticks were published, wall clock, ms
     * @param deliveries what was written
     */
    public static Standing of(Collection<Long> publishedAt, List<Delivery> deliveries, List<Calm> calms) {
        NavigableSet<Long> arrived = new TreeSet<>();
        deliveries.stream()
                .filter(one -> one.ackedMillis() >= 0 && one.number() >= 0)
                .forEach(one -> arrived.add(one.ackedMillis()));
        NavigableSet<Long> published = new TreeSet<>(publishedAt);
        long longest = 0;
        long calmest = 0;
        Long before = null;
        for (long one : published) {
            Long first = before == null ? null : arrived.higher(before);
            if (first != null && first < one) {
                longest = Math.max(longest, one - first);
                for (Calm calm : calms) {
                    calmest = Math.max(calmest, Math.min(one, calm.to()) - Math.max(first, calm.from()));
                }
            }
            before = one;
        }
        return new Standing(longest, calmest);
    }
}
