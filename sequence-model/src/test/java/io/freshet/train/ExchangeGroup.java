package io.freshet.train;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Learners on threads of one process that share a tick's work: lane {@code l} belongs to learner {@code l % size}. */
final class ExchangeGroup {
    private final int size;
    private final byte[][] board;
    private final CyclicBarrier barrier;

    ExchangeGroup(int size, int lanes) {
        this.size = size;
        board = new byte[lanes][];
        barrier = new CyclicBarrier(size);
    }

    /** The exchange of one learner. */
    Exchange member(int number) {
        return new Exchange() {
            @Override
            public boolean owns(int lane) {
                return lane % size == number;
            }

            @Override
            public boolean alone() {
                return size == 1;
            }

            @Override
            public byte[][] share(byte[][] lanes) {
                for (int lane = 0; lane < lanes.length; lane++) {
                    if (owns(lane)) {
                        board[lane] = lanes[lane];
                    }
                }
                await();
                byte[][] all = board.clone();
                await();
                return all;
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
