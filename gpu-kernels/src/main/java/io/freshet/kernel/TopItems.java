package io.freshet.kernel;

/**
 * The k best of scored items, offered in any order: higher scores first, equal ones by lower item. Scores that are
 * negative infinity or not a number are never among them. Not thread-safe.
 */
public final class TopItems {
    /** Items kept, {@code [k]}: a heap with the worst on top, until {@link #finish}. */
    private final int[] items;

    /** Their scores, {@code [k]}. */
    private final float[] scores;

    private int size;

    /** Room for the {@code k} best of items, none yet. */
    public TopItems(int k) {
        items = new int[k];
        scores = new float[k];
    }

    /** Number of items kept. */
    public int size() {
        return size;
    }

    /** The score below which nothing is taken any more; negative infinity while there is room. */
    public float mark() {
        return size < items.length ? Float.NEGATIVE_INFINITY : size == 0 ? Float.POSITIVE_INFINITY : scores[0];
    }

    /** Whether an item would be kept now. */
    public boolean wouldTake(int item, float score) {
        return score > Float.NEGATIVE_INFINITY
                && (size < items.length || (size > 0 && worse(scores[0], items[0], score, item)));
    }

    /** Keeps an item if it is among the best so far. An item may be offered once. */
    public void offer(int item, float score) {
        if (!wouldTake(item, score)) {
            return;
        }
        if (size < items.length) {
            int at = size++;
            for (int up = (at - 1) / 2; at > 0 && worse(score, item, scores[up], items[up]); up = (at - 1) / 2) {
                set(at, scores[up], items[up]);
                at = up;
            }
            set(at, score, item);
        } else {
            sink(score, item, size);
        }
    }

    /** Sorts what was kept, best first; nothing can be offered after. */
    public void finish() {
        for (int end = size - 1; end > 0; end--) {
            float score = scores[end];
            int item = items[end];
            set(end, scores[0], items[0]);
            sink(score, item, end);
        }
    }

    /** The item at a place, 0 the best; after {@link #finish}. */
    public int item(int at) {
        return items[at];
    }

    /** The score at a place, 0 the best; after {@link #finish}. */
    public float score(int at) {
        return scores[at];
    }

    /** Puts an item in the top's place and moves it down among the first {@code count}. */
    private void sink(float score, int item, int count) {
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= count) {
                break;
            }
            if (child + 1 < count && worse(scores[child + 1], items[child + 1], scores[child], items[child])) {
                child++;
            }
            if (!worse(scores[child], items[child], score, item)) {
                break;
            }
            set(at, scores[child], items[child]);
            at = child;
        }
        set(at, score, item);
    }

    private void set(int at, float score, int item) {
        scores[at] = score;
        items[at] = item;
    }

    private static boolean worse(float a, int itemA, float b, int itemB) {
        return a < b || (a == b && itemA > itemB);
    }
}
