package io.freshet.train.items;

import io.freshet.store.RowSlot;
import java.util.Arrays;
import java.util.List;

/** Optimizer state of the catalogue's rows, by index. */
final class RowSlots {
    private float[] secondMoments = new float[1024];
    private long[] lastSteps = new long[1024];

    void put(int at, RowSlot slot) {
        if (at >= secondMoments.length) {
            secondMoments = Arrays.copyOf(secondMoments, 2 * at);
            lastSteps = Arrays.copyOf(lastSteps, 2 * at);
        }
        secondMoments[at] = slot.secondMoment();
        lastSteps[at] = slot.lastStep();
    }

    void clear(int at) {
        put(at, new RowSlot(0, 0));
    }

    RowSlot at(int at) {
        return new RowSlot(secondMoments[at], lastSteps[at]);
    }

    float secondMoment(int at) {
        return secondMoments[at];
    }

    long lastStep(int at) {
        return lastSteps[at];
    }

    void update(int at, float secondMoment, long step) {
        secondMoments[at] = secondMoment;
        lastSteps[at] = step;
    }

    /** Takes out indices; the others move up in order. */
    void removeAll(List<Integer> gone, int size) {
        boolean[] out = new boolean[size];
        gone.forEach(at -> out[at] = true);
        int to = 0;
        for (int at = 0; at < size; at++) {
            if (!out[at]) {
                secondMoments[to] = secondMoments[at];
                lastSteps[to++] = lastSteps[at];
            }
        }
    }
}
