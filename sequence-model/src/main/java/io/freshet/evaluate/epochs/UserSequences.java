package io.freshet.evaluate.epochs;

import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A data set as users' sequences of dense item indices, users and items numbered in order of first appearance.
 *
 * @param sequences per user, oldest first; {@link Interaction#item} is an index below {@code items}
 * @param items number of items
 */
public record UserSequences(List<List<Interaction>> sequences, int items) {
    /** Number of interactions. */
    public long interactions() {
        return sequences.stream().mapToLong(List::size).sum();
    }

    /** Users with at least this many interactions; items keep their numbers. */
    public UserSequences withAtLeast(int interactions) {
        return new UserSequences(
                sequences.stream().filter(s -> s.size() >= interactions).toList(), items);
    }

    /** Collects events; a user's are put in order of time, those of one time in order of arrival. */
    public static final class Builder {
        private final Map<String, List<Interaction>> users = new LinkedHashMap<>();
        private final Map<String, Integer> items = new HashMap<>();

        /** Adds an event. */
        public void add(String user, String item, int action, long eventTimeMillis) {
            int index = items.computeIfAbsent(item, name -> items.size());
            List<Interaction> sequence = users.computeIfAbsent(user, name -> new ArrayList<>());
            sequence.add(new Interaction(index, (byte) action, eventTimeMillis, 0, sequence.size()));
        }

        /** The sequences so far. */
        public UserSequences build() {
            List<List<Interaction>> sequences = new ArrayList<>();
            for (List<Interaction> sequence : users.values()) {
                List<Interaction> ordered = new ArrayList<>(sequence);
                ordered.sort(Comparator.comparingLong(Interaction::eventTimeMillis));
                sequences.add(ordered);
            }
            return new UserSequences(sequences, items.size());
        }
    }
}
