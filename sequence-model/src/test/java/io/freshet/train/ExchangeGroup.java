package io.freshet.train;

import io.freshet.train.exchange.Exchange;
import java.util.Arrays;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Learners on threads of one process that share a tick's work. */
final class ExchangeGroup {
    private final int size;
    private final byte[][][] board;
    private final CyclicBarrier barrier;

    ExchangeGroup(int size) {
        this.size = size;
        board = new byte[size][][];
        barrier = new CyclicBarrier(size);
    }

    /** The exchange of one learner. */
    Exchange member(int number) {
        return new Exchange() {
            @Override
            public int learners() {
                return size;
            }

            @Override
            public int self() {
                return number;
            }

            @Override
            public byte[][] allGather(byte[] mine) {
                byte[][] parts = new byte[size][];
                Arrays.fill(parts, mine);
                return allToAll(parts);
            }

            @Override
            public byte[][] allToAll(byte[][] parts) {
                board[number] = parts;
                await();
                byte[][] taken = new byte[size][];
                for (int k = 0; k < size; k++) {
                    taken[k] = board[k][number];
                }
                await();
                return taken;
            }
        };
    }

    private void await() {
        try {
            barrier.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException("another learner is gone", e);
        }
    }
}
