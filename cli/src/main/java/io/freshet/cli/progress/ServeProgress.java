package io.freshet.cli.progress;

import java.util.Locale;
import java.util.function.LongSupplier;

/** Where a scorer stands, in one line: its state, tick and age, and how many calls it answers. */
public final class ServeProgress {
    private final Progress progress;
    private final Rate rate;
    private String problem = "";

    /**
     * What a follower and its server say of themselves.
     *
     * @param state what the follower does
     * @param tick last tick that is served; -1 before the first
     * @param ageMillis since the learner applied it; negative if nothing is served yet
     * @param items items that are served
     * @param calls answered so far
     * @param problem what is wrong; empty if nothing is
     */
    public record Reading(String state, long tick, long ageMillis, int items, long calls, String problem) {}

    /** @param nanos the clock of {@code progress} */
    public ServeProgress(Progress progress, LongSupplier nanos) {
        this.progress = progress;
        rate = new Rate(nanos, 0);
    }

    /** Takes a reading: a new problem is told at once, and the line is printed if it is due. */
    public void take(Reading now) {
        if (!now.problem().isEmpty() && !now.problem().equals(problem)) {
            String key = now.problem().replaceAll("[0-9]+", "#");
            progress.problem(key, "serve: " + now.problem());
        }
        problem = now.problem();
        progress.offer(() -> line(now));
    }

    private String line(Reading now) {
        String line = String.format(
                Locale.ROOT,
                "serve: %s, tick %d, %s, %,d items, %,.1f calls/s",
                now.state(),
                now.tick(),
                now.ageMillis() < 0 ? "nothing served yet" : age(now.ageMillis()) + " old",
                now.items(),
                rate.read(now.calls()));
        if (now.problem().isEmpty()) {
            return line;
        }
        long seen = progress.seen(now.problem().replaceAll("[0-9]+", "#"));
        return line + ", problem: " + now.problem() + (seen > 1 ? " (seen " + seen + " times)" : "");
    }

    private static String age(long millis) {
        return millis < 60_000
                ? String.format(Locale.ROOT, "%.1f s", millis / 1000.0)
                : ReplayProgress.duration(millis / 1000);
    }
}
