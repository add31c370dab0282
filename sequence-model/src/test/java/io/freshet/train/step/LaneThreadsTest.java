package io.freshet.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a call or close has returned, no lane computes any more, whatever happened. */
@Timeout(30)
class LaneThreadsTest {
    /** Computes for a while, whoever interrupts. */
    private static void compute() {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFailedLaneIsToldWhenTheOthersAreDone() {
        AtomicInteger computing = new AtomicInteger();
        AtomicInteger begun = new AtomicInteger();
        CountDownLatch second = new CountDownLatch(1);
        try (LaneThreads threads = new LaneThreads(2)) {
            assertThatThrownBy(() -> threads.forEach(8, lane -> {
                        begun.incrementAndGet();
                        if (lane == 0) {
                            await(second);
                            throw new IllegalArgumentException("planted");
                        }
                        computing.incrementAndGet();
                        second.countDown();
                        compute();
                        computing.decrementAndGet();
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("a lane failed")
                    .hasRootCauseMessage("planted");
            assertThat(computing).hasValue(0);
            assertThat(begun).as("what had not begun is left out").hasValue(2);
            AtomicInteger again = new AtomicInteger();
            threads.forEach(8, lane -> again.incrementAndGet());
            assertThat(again).hasValue(8);
        }
    }

    @Test
    void whoIsInterruptedWaitsForTheLanesAndStaysInterrupted() {
        AtomicInteger computing = new AtomicInteger();
        Thread caller = Thread.currentThread();
        try (LaneThreads threads = new LaneThreads(2)) {
            assertThatThrownBy(() -> threads.forEach(2, lane -> {
                        computing.incrementAndGet();
                        if (lane == 0) {
                            caller.interrupt();
                        }
                        compute();
                        computing.decrementAndGet();
                    }))
                    .hasMessage("interrupted while lanes were computing");
            assertThat(computing).hasValue(0);
        }
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void closeWaitsForLanesThatComputeAndLetsNobodyWaitForThoseThatDoNot() throws Exception {
        AtomicInteger computing = new AtomicInteger();
        CountDownLatch both = new CountDownLatch(2);
        AtomicBoolean refused = new AtomicBoolean();
        LaneThreads threads = new LaneThreads(2);
        Thread caller = new Thread(() -> {
            try {
                threads.forEach(8, lane -> {
                    computing.incrementAndGet();
                    both.countDown();
                    compute();
                    computing.decrementAndGet();
                });
            } catch (IllegalStateException e) {
                refused.set(true);
            }
        });
        caller.start();
        both.await();
        // All eight have been handed over a moment later.
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        threads.close();
        assertThat(computing).hasValue(0);
        caller.join();
        assertThat(refused).isTrue();
    }
}
