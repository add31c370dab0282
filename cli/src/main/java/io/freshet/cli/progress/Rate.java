package io.freshet.cli.progress;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How fast a count rises, between one reading and the next. */
final class Rate {
    private final LongSupplier nanos;
    private long lastNanos;
    private long lastCount;

    /** @param nanos a clock that only goes forward, ns */
    Rate(LongSupplier nanos, long count) {
        this.nanos = nanos;
        lastNanos = nanos.getAsLong();
        lastCount = count;
    }

    /** A second's worth since the last reading; 0 if no time has passed. */
    double read(long count) {
        long now = nanos.getAsLong();
        double seconds = (now - lastNanos) / (double) TimeUnit.SECONDS.toNanos(1);
        double rate = seconds <= 0 ? 0 : (count - lastCount) / seconds;
        lastNanos = now;
        lastCount = count;
        return rate;
    }
}
