package io.freshet.cli.evaluate;

import io.freshet.cli.options.UsageException;
import io.freshet.dataset.EventStream;
import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.stream.PeriodConfig;
import io.freshet.evaluate.stream.Retraining;
import io.freshet.evaluate.stream.StreamConfig;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.train.LearnerConfig;
import io.freshet.train.tick.LogEvent;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Options of the protocols on streams. */
final class StreamOptions {
    private static final long DAY_MILLIS = 86_400_000L;
    private static final long HOUR_MILLIS = 3_600_000L;

    @Option(names = "--tick-events", description = "streams: events in a tick")
    private int tickEvents = 50;

    @Option(names = "--test-from", description = "streams: events before this one are not counted")
    private long testFrom;

    @Option(names = "--rank-every", description = "streams: counts every n-th event")
    private int rankEvery = 1;

    @Option(names = "--period-days", description = "streams: days in a period")
    private int periodDays = 1;

    @Option(names = "--period-hours", description = "streams: hours in a period, instead of days")
    private int periodHours;

    @Option(names = "--no-baselines", description = "streams: the model alone, learned online and retrained")
    private boolean noBaselines;

    @Option(
            names = "--retrain-passes",
            description = "streams: adds the model retrained from scratch at every period's end, with this many passes")
    private int retrainPasses;

    @Option(
            names = "--retrain-search",
            description = "streams: fewer passes if the first retraining finds that more do not help its last fifth")
    private boolean retrainSearch;

    @Option(
            names = "--retrain-periods",
            description = "streams: retraining reads this many periods, the latest; 0: all")
    private int retrainPeriods;

    @Option(
            names = "--variants",
            split = ",",
            description = {
                "streams: forms of the model, full and changes joined by +: no-network (the memories alone),",
                "no-sharpness, no-repeats, no-transitions, no-priors, no-time-bias, full-softmax, negatives=N,",
                "replay-ratio=R, any other learner or model setting by name;",
                "every rating counts unless rating-threshold=T says which do (default: ${DEFAULT-VALUE});",
                "only the first runs beside the baselines"
            })
    private List<String> variants = List.of("full", "no-network");

    @Option(names = "--half-life", description = "streams: half-life of decayed baselines in events")
    private double halfLife = 20_000;

    @Option(
            names = "--served",
            showDefaultValue = Visibility.NEVER,
            split = ",",
            description = {
                "prequential: adds the model as a scorer serves it, weights averaged by these decays, 0: as they are;",
                "averages follow published weights: use with a variant that has publish-steps=1"
            })
    private List<Double> served = List.of();

    List<String> variants() {
        return variants;
    }

    /**
     * Looks at every option before anything is read.
     *
     * @throws UsageException naming the option that is wrong
     */
    void check() {
        require(tickEvents >= 1, "--tick-events", tickEvents, "1 or more");
        require(testFrom >= 0, "--test-from", testFrom, "0 or more");
        require(rankEvery >= 1, "--rank-every", rankEvery, "1 or more");
        require(periodDays >= 1, "--period-days", periodDays, "1 or more");
        require(periodHours >= 0, "--period-hours", periodHours, "1 or more, or 0 for --period-days");
        require(retrainPasses >= 0, "--retrain-passes", retrainPasses, "0 or more");
        require(retrainPeriods >= 0, "--retrain-periods", retrainPeriods, "0 or more");
        if (retrainPasses == 0 && (retrainSearch || retrainPeriods > 0)) {
            throw new UsageException((retrainSearch ? "--retrain-search" : "--retrain-periods")
                    + " says how a model is retrained, and none is without --retrain-passes");
        }
        require(halfLife > 0, "--half-life", halfLife, "more than 0");
        served.forEach(decay -> require(decay >= 0 && decay < 1, "--served", decay, "from 0 to below 1"));
        require(!variants.isEmpty(), "--variants", "without a name", "full, or changes joined by +");
        variants.forEach(StreamOptions::learner);
    }

    private static void require(boolean valid, String option, Object value, String expected) {
        if (!valid) {
            throw new UsageException(option + " " + value + ": expected " + expected);
        }
    }

    private static LearnerConfig learner(String variant) {
        try {
            return LearnerVariant.of(variant);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--variants " + variant + ": " + e.getMessage(), e);
        }
    }

    /**
     * How a variant's stream is evaluated.
     *
     * @param further whether it is not the first, which alone runs beside the baselines
     */
    StreamConfig config(String variant, boolean further) {
        boolean alone = further || noBaselines;
        return new StreamConfig(
                learner(variant),
                tickEvents,
                testFrom,
                rankEvery,
                !alone,
                !alone,
                !alone,
                further ? Retraining.NONE : retraining(),
                further ? List.of() : served,
                halfLife);
    }

    /** The same, period by period. */
    PeriodConfig periods(String variant, boolean further) {
        return new PeriodConfig(
                learner(variant),
                tickEvents,
                rankEvery,
                !further && !noBaselines,
                further ? Retraining.NONE : retraining(),
                halfLife);
    }

    private Retraining retraining() {
        return new Retraining(retrainPasses, retrainSearch, retrainPeriods);
    }

    /** Events of a data set as the learner takes them, up to a limit, 0 for none; each is told of. To be closed. */
    Stream open(EventStream events, long limit, Runnable taken) {
        return new Stream(events, limit, taken);
    }

    /** A data set as a stream. */
    final class Stream implements Iterator<StreamEvent>, AutoCloseable {
        private final EventStream events;
        private final long limit;
        private final Runnable taken;
        private long offset;
        private final long length = periodHours > 0 ? periodHours * HOUR_MILLIS : periodDays * DAY_MILLIS;
        private long first = -1;

        private Stream(EventStream events, long limit, Runnable taken) {
            this.events = events;
            this.limit = limit;
            this.taken = taken;
        }

        @Override
        public boolean hasNext() {
            return (limit == 0 || offset < limit) && events.hasNext();
        }

        @Override
        public StreamEvent next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            BehaviourEvent e = events.next();
            taken.run();
            long day = Math.floorDiv(e.eventTimeMillis(), DAY_MILLIS);
            first = first < 0 ? day * DAY_MILLIS : first;
            String session = e.sessionId() != null ? e.sessionId() : e.subject() + "/" + day;
            LogEvent log = LoggedEvents.of(offset++, e, e.historyValue());
            return new StreamEvent(
                    log, EntityIds.standard().session(session), (int) ((e.eventTimeMillis() - first) / length));
        }

        @Override
        public void close() {
            events.close();
        }
    }
}
