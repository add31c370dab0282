package io.freshet.train.items;

import io.freshet.store.OptimizerState;
import java.util.Arrays;
import java.util.List;

/** The row optimizer's state of one shard, by shardRow. */
final class OptimizerStates {
    /** Decayed mean of each row's squared gradients, {@code [Vs]}. */
    private float[] secondMoments = new float[1024];
    /** Step that moved each row last, {@code [Vs]}; 0 if none did. */
    private long[] lastSteps = new long[1024];

    void put(int shardRow, OptimizerState state) {
        if (shardRow >= secondMoments.length) {
            secondMoments = Arrays.copyOf(secondMoments, 2 * shardRow);
            lastSteps = Arrays.copyOf(lastSteps, 2 * shardRow);
        }
        secondMoments[shardRow] = state.secondMoment();
        lastSteps[shardRow] = state.lastStep();
    }

    OptimizerState at(int shardRow) {
        return new OptimizerState(secondMoments[shardRow], lastSteps[shardRow]);
    }

    float secondMoment(int shardRow) {
        return secondMoments[shardRow];
    }

    long lastStep(int shardRow) {
        return lastSteps[shardRow];
    }

    void update(int shardRow, float secondMoment, long step) {
        secondMoments[shardRow] = secondMoment;
        lastSteps[shardRow] = step;
    }

    /** Takes out shardRows; the others move up in order. {@code size} is the number of rows before. */
    void removeAll(List<Integer> removed, int size) {
        boolean[] out = new boolean[size];
        removed.forEach(shardRow -> out[shardRow] = true);
        int to = 0;
        for (int from = 0; from < size; from++) {
            if (!out[from]) {
                secondMoments[to] = secondMoments[from];
                lastSteps[to++] = lastSteps[from];
            }
        }
    }
}
