package io.freshet.cli;

import io.freshet.dataset.Datasets;
import io.freshet.dataset.EventStream;
import io.freshet.evaluate.stream.StreamConfig;
import io.freshet.evaluate.stream.StreamEvent;
import io.freshet.model.ModelConfig;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.train.Compression;
import io.freshet.train.Compression.Gradients;
import io.freshet.train.LearnerConfig;
import io.freshet.train.LearnerConfig.Priors;
import io.freshet.train.LogEvent;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of the prequential protocol. */
final class StreamOptions {
    private static final long DAY_MILLIS = 86_400_000L;

    @Option(names = "--tick-events", description = "prequential: events in a tick (default: ${DEFAULT-VALUE})")
    private int tickEvents = 50;

    @Option(names = "--test-from", description = "prequential: events before this one are not counted")
    private long testFrom;

    @Option(names = "--rank-every", description = "prequential: counts every n-th event (default: ${DEFAULT-VALUE})")
    private int rankEvery = 1;

    @Option(names = "--period-days", description = "prequential: days in a period (default: ${DEFAULT-VALUE})")
    private int periodDays = 1;

    @Option(
            names = "--retrain-passes",
            description =
                    "prequential: adds the model retrained from scratch at every period's end, with this many passes")
    private int retrainPasses;

    @Option(
            names = "--variants",
            split = ",",
            description = {
                "prequential: any of full, no-transitions, no-priors, no-time-bias, negatives-64, negatives-256,",
                "negatives-1024, full-softmax, rows-bf16, gradients-one-bit, gradients-top-k (default: ${DEFAULT-VALUE}); only the first runs beside the baselines"
            })
    private List<String> variants = List.of("full");

    @Option(names = "--half-life", description = "prequential: half-life of decayed baselines in events")
    private double halfLife = 20_000;

    List<String> variants() {
        return variants;
    }

    StreamConfig config(String variant, boolean alone) {
        return new StreamConfig(
                learner(variant),
                tickEvents,
                testFrom,
                rankEvery,
                !alone,
                !alone,
                !alone,
                alone ? 0 : retrainPasses,
                halfLife);
    }

    private static LearnerConfig learner(String variant) {
        LearnerConfig small = LearnerConfig.small();
        ModelConfig m = small.model();
        int full = small.fullSoftmaxItems();
        int most = Integer.MAX_VALUE;
        return switch (variant) {
            case "full" -> small;
            case "no-transitions" -> with(small, m, full, small.negatives(), Priors.POPULARITY);
            case "no-priors" -> with(small, m, full, small.negatives(), Priors.NONE);
            case "no-time-bias" -> with(small, m.withTimeBuckets(1), full, small.negatives(), Priors.ALL);
            case "negatives-64" -> with(small, m, 0, 64, Priors.ALL);
            case "negatives-256" -> with(small, m, 0, 256, Priors.ALL);
            case "negatives-1024" -> with(small, m, 0, 1024, Priors.ALL);
            case "rows-bf16" -> small.withCompression(new Compression(Compression.Rows.BFLOAT16, Gradients.FLOAT32));
            case "gradients-one-bit" ->
                small.withCompression(new Compression(Compression.Rows.FLOAT32, Gradients.ONE_BIT));
            case "gradients-top-k" -> small.withCompression(new Compression(Compression.Rows.FLOAT32, Gradients.TOP_K));
            case "full-softmax" -> with(small, m, most, small.negatives(), Priors.ALL);
            default -> throw new IllegalArgumentException("unknown variant " + variant);
        };
    }

    private static LearnerConfig with(LearnerConfig c, ModelConfig model, int full, int negatives, Priors priors) {
        return new LearnerConfig(
                model,
                c.batchTokens(),
                full,
                negatives,
                c.denseLearningRate(),
                c.warmUpSteps(),
                c.rowLearningRate(),
                c.rowDecay(),
                c.gradientClip(),
                c.publishTicks(),
                c.capacity(),
                priors,
                c.compression(),
                c.threads());
    }

    /** Events of a data set as the learner takes them; to be closed. */
    Stream open(String dataset, @Nullable Path path, long limit) {
        return new Stream(Datasets.open(dataset, path), limit);
    }

    /** A data set as a stream. */
    final class Stream implements Iterator<StreamEvent>, AutoCloseable {
        private final EventStream events;
        private final long limit;
        private long offset;
        private long firstDay = -1;

        private Stream(EventStream events, long limit) {
            this.events = events;
            this.limit = limit;
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
            long day = Math.floorDiv(e.eventTimeMillis(), DAY_MILLIS);
            firstDay = firstDay < 0 ? day : firstDay;
            String session = e.sessionId() != null ? e.sessionId() : e.subject() + "/" + day;
            LogEvent log = new LogEvent(
                    0,
                    offset++,
                    EntityIds.hash(e.subject()),
                    e.subject(),
                    EntityIds.hash(e.itemId()),
                    e.itemId(),
                    e.action().code(),
                    e.eventTimeMillis(),
                    0f,
                    EntityIds.hash(e.eventId()));
            return new StreamEvent(log, EntityIds.hash(session), (int) ((day - firstDay) / periodDays));
        }

        @Override
        public void close() {
            events.close();
        }
    }
}
