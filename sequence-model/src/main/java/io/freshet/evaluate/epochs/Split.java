package io.freshet.evaluate.epochs;

import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Which interactions are learned from, and which are ranked with frozen weights.
 *
 * @param data all of it
 * @param trained per user: interactions from 0 up to this one are learned from
 * @param validation ranked after every few epochs, to stop in time
 * @param test ranked once, by the weights that did best on the validation
 */
public record Split(UserSequences data, int[] trained, List<Target> validation, List<Target> test) {
    /** Interaction {@code at} of a user, to be predicted from all before it. */
    public record Target(int user, int at) {}

    /**
     * The last interaction of every user is tested, the one before it validates (at least three interactions needed;
     * users with fewer are learned from but not ranked).
     */
    public static Split leaveOneOut(UserSequences data) {
        int[] trained = new int[data.sequences().size()];
        List<Target> validation = new ArrayList<>();
        List<Target> test = new ArrayList<>();
        for (int u = 0; u < trained.length; u++) {
            int n = data.sequences().get(u).size();
            trained[u] = n < 3 ? n : n - 2;
            if (n >= 3) {
                validation.add(new Target(u, n - 2));
                test.add(new Target(u, n - 1));
            }
        }
        return new Split(data, trained, validation, test);
    }

    /**
     * One instant for all users: what happened before the first quantile of event times is learned from, what happened
     * between the two validates, the rest is tested. Context grows with what really happened; weights do not change.
     * An item that training never saw is a miss.
     */
    public static Split temporal(UserSequences data, double trainedShare, double validatedShare) {
        long[] times = data.sequences().stream()
                .flatMap(List::stream)
                .mapToLong(Interaction::eventTimeMillis)
                .sorted()
                .toArray();
        long first = times[(int) (times.length * trainedShare)];
        long second = times[(int) (times.length * validatedShare)];
        int[] trained = new int[data.sequences().size()];
        List<Target> validation = new ArrayList<>();
        List<Target> test = new ArrayList<>();
        for (int u = 0; u < trained.length; u++) {
            List<Interaction> sequence = data.sequences().get(u);
            for (int at = 0; at < sequence.size(); at++) {
                long time = sequence.get(at).eventTimeMillis();
                if (time < first) {
                    trained[u] = at + 1;
                } else if (at > 0) {
                    (time < second ? validation : test).add(new Target(u, at));
                }
            }
        }
        return new Split(data, trained, validation, test);
    }

    /** Interactions that a training pass predicts: all that are learned from but every user's first. */
    public long trainedPositions() {
        return IntStream.of(trained).mapToLong(end -> Math.max(0, end - 1)).sum();
    }

    /**
     * Refuses a split with a part that is empty: a result of it would look like a model that ranks nothing.
     *
     * @throws IllegalStateException with the size of every part
     */
    public void requireParts() {
        long positions = trainedPositions();
        if (positions == 0 || validation.isEmpty() || test.isEmpty()) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "%,d interactions of %,d users give %,d positions to learn from, %,d validation and %,d test"
                            + " targets: none of the three may be 0",
                    data.interactions(),
                    data.sequences().size(),
                    positions,
                    validation.size(),
                    test.size()));
        }
    }
}
