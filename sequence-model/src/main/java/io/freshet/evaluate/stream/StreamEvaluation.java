package io.freshet.evaluate.stream;

import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.evaluate.baselines.Baselines;
import io.freshet.evaluate.stream.StreamResult.Slice;
import io.freshet.kernel.Device;
import io.freshet.model.CounterRandom;
import io.freshet.store.Interaction;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import io.freshet.train.TickOutcome;
import io.freshet.train.prequential.RankedEvent;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs a stream past the model and all recommenders, and sums up their ranks. */
public final class StreamEvaluation implements AutoCloseable {
    /** Hears how far an evaluation is. */
    public interface Progress {
        /**
         * Another thousand events are done.
         *
         * @param events events done
         * @param hitRatio10 of the model that learns online, so far
         */
        void at(long events, double hitRatio10);
    }

    private static final int HISTORY = 200;
    private static final long DAY_MILLIS = 86_400_000L;

    /** An event whose ranks wait for the model's. */
    private record Pending(int[] ranks, List<Slice> slices) {}

    private final StreamConfig config;
    private final InMemoryStore store;
    private final Learner learner;
    private final List<StreamRecommender> recommenders = new ArrayList<>();
    private final @Nullable FrozenModel frozen;
    private final @Nullable FrozenModel periodic;
    private final @Nullable RetrainedModel retrained;
    private final List<ServedModel> served = new ArrayList<>();
    private final List<Map<Slice, RankingMetrics.Sums>> sums = new ArrayList<>();
    private final Map<Long, List<Interaction>> histories = new HashMap<>();
    private final Map<Long, List<Interaction>> sessions = new HashMap<>();
    private final Map<Long, Long> firstSeen = new HashMap<>();
    private final Map<Long, Pending> pending = new HashMap<>();
    private final List<LogEvent> tickEvents = new ArrayList<>();
    private final List<LogEvent> log = new ArrayList<>();
    private long tick = FrozenModel.FIRST_TICK;
    private long events;
    private int period = -1;

    private StreamEvaluation(StreamConfig config, Device device) {
        this.config = config;
        store = new InMemoryStore(
                new StoreLayout(8, 128, config.learner().model().width(), HISTORY));
        learner = Learner.open(config.learner(), store, device);
        if (config.baselines()) {
            recommenders.addAll(Baselines.all(config.decayHalfLife(), config.tickEvents(), device));
        }
        frozen = config.frozen() ? model("model, frozen", device) : null;
        periodic = config.periodic() ? model("model, updated when a period ends", device) : null;
        retrained = config.retraining().passes() > 0
                ? new RetrainedModel(config.learner(), config.tickEvents(), config.retraining(), device)
                : null;
        if (retrained != null) {
            recommenders.add(retrained);
        }
        for (double decay : config.served()) {
            served.add(new ServedModel(decay, config.learner().model(), device));
        }
        recommenders.addAll(served);
        for (int c = 0; c <= recommenders.size(); c++) {
            Map<Slice, RankingMetrics.Sums> row = new EnumMap<>(Slice.class);
            for (Slice slice : Slice.values()) {
                row.put(slice, new RankingMetrics.Sums());
            }
            sums.add(row);
        }
    }

    private FrozenModel model(String name, Device device) {
        FrozenModel model = new FrozenModel(name, config.learner().model(), device);
        recommenders.add(model);
        return model;
    }

    /**
     * Runs a stream to its end.
     *
     * @param progress hears how far it is, from time to time
     */
    public static StreamResult run(
            Iterator<StreamEvent> stream, StreamConfig config, Device device, Progress progress) {
        long start = System.nanoTime();
        try (StreamEvaluation evaluation = new StreamEvaluation(config, device)) {
            while (stream.hasNext()) {
                evaluation.take(stream.next());
                if (evaluation.events % 1000 == 0) {
                    progress.at(evaluation.events, evaluation.hitRatio10());
                }
            }
            evaluation.flush();
            return evaluation.result((System.nanoTime() - start) / 1e9);
        }
    }

    private double hitRatio10() {
        return Objects.requireNonNull(sums.get(0).get(Slice.ALL)).metrics().hitRatio10();
    }

    private void take(StreamEvent event) {
        if (event.period() > period) {
            period = event.period();
            endPeriod();
        }
        if (events == config.testFrom()) {
            flush();
            keepLog();
            retrain();
            if (frozen != null) {
                frozen.load(store);
            }
        }
        LogEvent e = event.log();
        List<Interaction> history = histories.computeIfAbsent(e.user(), user -> new ArrayList<>());
        List<Interaction> session = sessions.computeIfAbsent(event.session(), key -> new ArrayList<>());
        boolean counts = events >= config.testFrom()
                && Math.floorMod(CounterRandom.mix(17, e.eventId()), (long) config.rankEvery()) == 0;
        if (counts) {
            int[] ranks = new int[recommenders.size()];
            for (int c = 0; c < ranks.length; c++) {
                ranks[c] = recommenders.get(c).rank(event, history, session);
            }
            pending.put(e.eventId(), new Pending(ranks, slices(e, history)));
        }
        recommenders.forEach(recommender -> recommender.learn(event, history, session));
        Interaction done = new Interaction(e.item(), e.action(), e.eventTimeMillis(), e.value(), e.eventId());
        history.add(done);
        session.add(done);
        if (history.size() > 2 * HISTORY) {
            history.subList(0, HISTORY).clear();
        }
        firstSeen.putIfAbsent(e.item(), e.eventTimeMillis());
        tickEvents.add(e);
        if (retrained != null) {
            log.add(e);
        }
        events++;
        if (tickEvents.size() == config.tickEvents()) {
            flush();
        }
    }

    private List<Slice> slices(LogEvent e, List<Interaction> history) {
        List<Slice> slices = new ArrayList<>(List.of(Slice.ALL));
        if (history.size() >= 5) {
            slices.add(Slice.WARM_USER);
        }
        if (history.isEmpty()) {
            slices.add(Slice.NEW_USER);
        }
        Long first = firstSeen.get(e.item());
        if (first == null || e.eventTimeMillis() - first < DAY_MILLIS) {
            slices.add(Slice.NEW_ITEM);
        }
        return slices;
    }

    private void endPeriod() {
        flush();
        if (periodic != null && events > 0) {
            periodic.load(store);
        }
        keepLog();
        if (events > config.testFrom()) {
            retrain();
        }
    }

    private void keepLog() {
        if (retrained != null && !log.isEmpty()) {
            retrained.add(log);
            log.clear();
        }
    }

    private void retrain() {
        if (retrained != null && events > 0) {
            retrained.retrain();
        }
    }

    /** Lets the model learn what has gathered, and counts the ranks of all. */
    private void flush() {
        if (tickEvents.isEmpty()) {
            return;
        }
        TickOutcome outcome = learner.learn(tick++, tickEvents, Map.of(0, events));
        tickEvents.clear();
        served.forEach(model -> model.follow(outcome.changes()));
        for (RankedEvent ranked : outcome.ranked()) {
            Pending waiting = pending.remove(ranked.eventId());
            if (waiting != null) {
                count(0, ranked.rank(), waiting.slices);
                for (int c = 0; c < waiting.ranks.length; c++) {
                    count(c + 1, waiting.ranks[c], waiting.slices);
                }
            }
        }
        pending.clear();
    }

    private void count(int row, int rank, List<Slice> slices) {
        slices.forEach(slice -> Objects.requireNonNull(sums.get(row).get(slice)).add(rank));
    }

    private StreamResult result(double seconds) {
        List<StreamResult.Row> rows = new ArrayList<>();
        rows.add(row("model, learned online", learner.report().tokens(), 0));
        for (int c = 0; c < recommenders.size(); c++) {
            StreamRecommender recommender = recommenders.get(c);
            rows.add(row(recommender.name(), recommender.tokens(), c + 1));
        }
        return new StreamResult(events, seconds, rows);
    }

    private StreamResult.Row row(String name, long tokens, int at) {
        Map<Slice, RankingMetrics> metrics = new LinkedHashMap<>();
        sums.get(at).forEach((slice, sum) -> metrics.put(slice, sum.metrics()));
        return new StreamResult.Row(name, tokens, metrics);
    }

    @Override
    public void close() {
        learner.close();
    }
}
