package io.freshet.job.exchange;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the other learners gave, round by round. Whoever waits for a round is told at once when somebody is gone that
 * has not given it; one that has given it and is gone is missed only in the next round.
 */
final class Inbox {
    /** Nobody gives a round before it has all of the one before, this learner's included. */
    private static final int AHEAD = 2;

    private final Map<Integer, ArrayDeque<Round>> given = new TreeMap<>();
    private final Map<Integer, IOException> gone = new HashMap<>();

    synchronized void expect(int learner) {
        given.put(learner, new ArrayDeque<>());
    }

    synchronized void arrived(int learner, Round round) {
        ArrayDeque<Round> rounds = given.get(learner);
        if (rounds != null && rounds.size() >= AHEAD) {
            gone(
                    learner,
                    new IOException("it gave round " + round.number() + " before " + AHEAD + " others were taken"));
        } else if (rounds != null) {
            rounds.add(round);
            notifyAll();
        }
    }

    synchronized void gone(int learner, IOException why) {
        gone.putIfAbsent(learner, why);
        notifyAll();
    }

    /**
     * Waits until everybody has given a round.
     *
     * @return what each gave, by learner
     * @throws IllegalStateException naming learners that are gone, too slow, or at another round
     */
    synchronized Map<Integer, byte[]> take(long round, long timeoutMillis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        List<Integer> missing = missing();
        while (!missing.isEmpty()) {
            for (int learner : missing) {
                if (gone.containsKey(learner)) {
                    throw new IllegalStateException(
                            "learner " + learner + " is gone (round " + round + "); all learners start again",
                            gone.get(learner));
                }
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new IllegalStateException("learner " + join(missing) + " did not give round " + round + " within "
                        + timeoutMillis + " ms: it hangs, is paused, or is cut off; all learners start again");
            }
            await(left, missing);
            missing = missing();
        }
        Map<Integer, byte[]> taken = new TreeMap<>();
        given.forEach((learner, rounds) -> taken.put(learner, expected(learner, rounds.poll(), round)));
        return taken;
    }

    private void await(long nanos, List<Integer> missing) {
        try {
            TimeUnit.NANOSECONDS.timedWait(this, nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for learner " + join(missing), e);
        }
    }

    private List<Integer> missing() {
        List<Integer> missing = new ArrayList<>();
        given.forEach((learner, rounds) -> {
            if (rounds.isEmpty()) {
                missing.add(learner);
            }
        });
        return missing;
    }

    private static String join(List<Integer> learners) {
        return String.join(", ", learners.stream().map(String::valueOf).toList());
    }

    private static byte[] expected(int learner, @Nullable Round given, long round) {
        if (given == null || given.number() != round) {
            throw new IllegalStateException("learner " + learner + " is at round "
                    + (given == null ? "?" : given.number()) + ", this one at " + round
                    + ": they do not work on the same ticks");
        }
        return given.bytes();
    }
}
