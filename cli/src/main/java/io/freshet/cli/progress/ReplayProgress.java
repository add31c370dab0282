package io.freshet.cli.progress;

import java.util.Locale;
import java.util.function.LongSupplier;

/** Where a replay stands, in one line: events sent, their rate, and how long the rest will take. */
public final class ReplayProgress {
    private final LongSupplier sent;
    private final long all;
    private final Rate rate;

    /**
     * @param sent events sent so far
     * @param all events in all; 0 if that is not known
     * @param nanos a clock that only goes forward, ns
     */
    public ReplayProgress(LongSupplier sent, long all, LongSupplier nanos) {
        this.sent = sent;
        this.all = all;
        rate = new Rate(nanos, 0);
    }

    /** The line; the rate is that since the one before. */
    public String line() {
        long now = sent.getAsLong();
        double perSecond = rate.read(now);
        String line = String.format(Locale.ROOT, "replay: %,d events sent, %,.0f/s", now, perSecond);
        if (all <= 0) {
            return line;
        }
        return line
                + String.format(Locale.ROOT, ", %.0f %% of %,d", 100.0 * now / all, all)
                + (perSecond > 0 ? ", " + duration((long) ((all - now) / perSecond)) + " left" : "");
    }

    /** Seconds in words. */
    public static String duration(long seconds) {
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600
                ? String.format(Locale.ROOT, "%d min %d s", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d h %d min", seconds / 3600, seconds % 3600 / 60);
    }
}
