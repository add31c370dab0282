package io.freshet.cli.data;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;

/** When the events of a replay are sent; told of the number that were sent before each of them. */
public interface RateLimiter {
    /** Returns when the next event is due. */
    void await(long sent);

    /** A number of events per second; 0 for as fast as the broker takes them. */
    static RateLimiter of(double rate) {
        return rate > 0 ? new Steady(0, rate) : sent -> {};
    }

    /** A number of events per second, from an event on. */
    final class Steady implements RateLimiter {
        private final long first;
        private final double rate;
        private long start;

        Steady(long first, double rate) {
            this.first = first;
            this.rate = rate;
        }

        @Override
        public void await(long sent) {
            if (sent == first) {
                start = System.nanoTime();
            }
            long due = start + (long) ((sent - first) / rate * TimeUnit.SECONDS.toNanos(1));
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    /** Flat out up to an event, then a pause until all of it is served, then steadily. */
    final class CatchUpThenLive implements RateLimiter {
        private final long flatOut;
        private final LongPredicate served;
        private final Runnable onLive;
        private final Steady live;

        /**
         * @param flatOut events that are sent flat out
         * @param rate events per second behind them
         * @param served whether that many events are served
         * @param onLive is told when the steady part begins
         */
        public CatchUpThenLive(long flatOut, double rate, LongPredicate served, Runnable onLive) {
            this.flatOut = flatOut;
            this.served = served;
            this.onLive = onLive;
            live = new Steady(flatOut, rate);
        }

        @Override
        public void await(long sent) {
            if (sent == flatOut) {
                while (!served.test(sent)) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
                onLive.run();
            }
            if (sent >= flatOut) {
                live.await(sent);
            }
        }
    }
}
