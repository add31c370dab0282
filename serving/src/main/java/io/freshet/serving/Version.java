package io.freshet.serving;

import java.util.Map;

/**
 * The state that an answer came from.
 *
 * @param tick last tick in it; -1 before the first
 * @param incarnation start of the learner that sent it
 * @param learnedAtMillis when the learner applied the tick, wall clock
 * @param frontier highest log offset learned per partition
 */
public record Version(long tick, long incarnation, long learnedAtMillis, Map<Integer, Long> frontier) {
    /** Whether it has learned from the offsets. */
    public boolean covers(Map<Integer, Long> offsets) {
        return offsets.entrySet().stream()
                .allMatch(wanted -> frontier.getOrDefault(wanted.getKey(), -1L) >= wanted.getValue());
    }
}
