package io.freshet.cli.progress;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Where an evaluation stands, in one line: what it does, events and their rate, and the last quality it knows. */
public final class EvaluateProgress {
    private final AtomicLong events = new AtomicLong();
    private final LongSupplier nanos;
    private final long start;
    private final Rate rate;
    private volatile String doing;
    private volatile String quality = "";

    /**
     * @param doing what it begins with
     * @param nanos a clock that only goes forward, ns
     */
    public EvaluateProgress(String doing, LongSupplier nanos) {
        this.doing = doing;
        this.nanos = nanos;
        start = nanos.getAsLong();
        rate = new Rate(nanos, 0);
    }

    /** Something else is done now. */
    public void doing(String what) {
        doing = what;
    }

    /** Another event was taken. */
    public void event() {
        events.incrementAndGet();
    }

    /** How good the model is so far, in words. */
    public void quality(String text) {
        quality = text;
    }

    /** The line; the rate is that since the one before. */
    public String line() {
        long now = events.get();
        double perSecond = rate.read(now);
        return String.format(
                Locale.ROOT,
                "evaluate: %s, %,d events, %,.0f/s, %s%s",
                doing,
                now,
                perSecond,
                ReplayProgress.duration((nanos.getAsLong() - start) / 1_000_000_000L),
                quality.isEmpty() ? "" : ", " + quality);
    }
}
