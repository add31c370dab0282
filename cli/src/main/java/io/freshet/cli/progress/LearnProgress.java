package io.freshet.cli.progress;

import io.freshet.train.TickReport;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a learner stands, in one line: tick, events, their rate, the records that it is behind, what was rejected and
 * why, and how often it had to begin again and why.
 */
public final class LearnProgress {
    private final Progress progress;
    private final LongSupplier nanos;
    private @Nullable TickReport last;
    private @Nullable Rate rate;
    private long shownTick;
    private String state = "starting";
    private OptionalLong lag = OptionalLong.empty();
    private Map<String, Long> rejected = Map.of();
    private long restarts;
    private String cause = "";

    /** @param nanos the clock of {@code progress} */
    public LearnProgress(Progress progress, LongSupplier nanos) {
        this.progress = progress;
        this.nanos = nanos;
    }

    /** The learner reported a tick. */
    public void ticked(TickReport report) {
        if (rate == null) {
            // What an earlier learner had learned is not this one's speed.
            rate = new Rate(nanos, report.events());
            shownTick = report.tick();
        }
        last = report;
    }

    /** What the job does, as Flink says it: RUNNING, RESTARTING. */
    public void state(String now) {
        state = now;
    }

    /** Records between what is learned and the end of the log, if that is known. */
    public void behind(OptionalLong records) {
        lag = records;
    }

    /** Counts of rejected records by reason; a reason that is new is told with an example. */
    public void rejected(Map<String, Long> byReason, String example) {
        if (byReason.keySet().stream().anyMatch(reason -> !rejected.containsKey(reason))) {
            progress.problem("rejected " + byReason.keySet(), "learn: rejected, from here on counted: " + example);
        }
        rejected = new TreeMap<>(byReason);
    }

    /** The job failed and begins again. */
    public void restarted(String why) {
        restarts++;
        cause = why;
        progress.problem("restart " + why, "learn: restart " + restarts + " of the job: " + why);
    }

    /** Times that the job began again. */
    public long restarts() {
        return restarts;
    }

    /** The line, if one is due. */
    public void print() {
        progress.offer(this::line);
    }

    /** The line. */
    public String line() {
        StringBuilder line = new StringBuilder("learn: ");
        if (!state.equals("RUNNING")) {
            line.append(state).append(", ");
        }
        TickReport report = last;
        if (report == null) {
            line.append("no tick yet");
        } else {
            double perSecond = rate == null ? 0 : rate.read(report.events());
            line.append(String.format(
                    Locale.ROOT,
                    "tick %d (+%d), %,d events, %,.0f/s",
                    report.tick(),
                    report.tick() - shownTick,
                    report.events(),
                    perSecond));
            shownTick = report.tick();
            if (report.duplicates() > 0) {
                line.append(String.format(Locale.ROOT, ", %,d duplicates", report.duplicates()));
            }
        }
        line.append(
                lag.isPresent()
                        ? String.format(Locale.ROOT, ", %,d records behind", lag.getAsLong())
                        : ", distance to the log's end not known");
        line.append(", rejected ").append(counts(rejected));
        line.append(", restarts ").append(restarts);
        if (restarts > 0) {
            line.append(" (the last: ")
                    .append(cause)
                    .append(", seen ")
                    .append(times(progress.seen("restart " + cause)));
            line.append(')');
        }
        return line.toString();
    }

    private static String times(long count) {
        return count == 1 ? "once" : count + " times";
    }

    /** Counts in words: {@code 12 (malformed 10, invalid-time 2)}. */
    public static String counts(Map<String, Long> byReason) {
        long total = byReason.values().stream().mapToLong(Long::longValue).sum();
        return String.format(Locale.ROOT, "%,d", total)
                + (total == 0
                        ? ""
                        : byReason.entrySet().stream()
                                .map(one -> one.getKey() + " " + one.getValue())
                                .collect(Collectors.joining(", ", " (", ")")));
    }
}
