package io.freshet.evaluate.baselines;

import io.freshet.train.prequential.PopularityOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Items in order of first appearance, and scores of a few of them, from which ranks are found. */
final class ItemScores {
    private final Map<Long, Integer> indexOf = new HashMap<>();
    private double[] scores = new double[1024]; // [V]
    private int[] touched = new int[1024]; // [count] items with a score
    private int count;

    /** Index of an item; -1 if it was never seen. */
    int indexOf(long item) {
        return indexOf.getOrDefault(item, -1);
    }

    /** Index of an item, which is seen from now on. */
    int see(long item) {
        int index = indexOf.computeIfAbsent(item, i -> indexOf.size());
        if (index >= scores.length) {
            scores = Arrays.copyOf(scores, 2 * index);
        }
        return index;
    }

    int size() {
        return indexOf.size();
    }

    /** Adds to an item's score, which starts at 0. */
    void add(int index, double score) {
        if (scores[index] == 0) {
            if (count == touched.length) {
                touched = Arrays.copyOf(touched, 2 * count);
            }
            touched[count++] = index;
        }
        scores[index] += score;
    }

    /** Rank by score; items without one follow in the order of {@code rest}, whose rank of the item is given. */
    int rank(int index, PopularityOrder rest) {
        double own = scores[index];
        int rank = 0;
        if (own > 0) {
            for (int i = 0; i < count; i++) {
                int other = touched[i];
                rank += scores[other] > own || scores[other] == own && other < index ? 1 : 0;
            }
        } else {
            int popular = rest.rank(index);
            rank = count + popular;
            for (int i = 0; i < count; i++) {
                rank -= rest.rank(touched[i]) < popular ? 1 : 0;
            }
        }
        for (int i = 0; i < count; i++) {
            scores[touched[i]] = 0;
        }
        count = 0;
        return rank;
    }
}
