package io.freshet.model;

import java.util.Arrays;

/** The k best of a stream of scored indices, offered in rising index order; ties go to the lower index. */
final class TopItems {
    private final int[] items;
    private final float[] scores;
    private int size;

    TopItems(int k) {
        items = new int[k];
        scores = new float[k];
    }

    boolean wouldTake(float score) {
        return score > Float.NEGATIVE_INFINITY && (size < items.length || (size > 0 && score > scores[size - 1]));
    }

    void offer(int item, float score) {
        if (!wouldTake(score)) {
            return;
        }
        int at = size < items.length ? size++ : size - 1;
        while (at > 0 && scores[at - 1] < score) {
            items[at] = items[at - 1];
            scores[at] = scores[at - 1];
            at--;
        }
        items[at] = item;
        scores[at] = score;
    }

    int[] bestFirst() {
        return Arrays.copyOf(items, size);
    }
}
