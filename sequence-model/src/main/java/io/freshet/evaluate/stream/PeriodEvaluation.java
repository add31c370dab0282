package io.freshet.evaluate.stream;

import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.evaluate.baselines.Baselines;
import io.freshet.kernel.Device;
import io.freshet.model.CounterRandom;
import io.freshet.store.Interaction;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import io.freshet.train.prequential.RankedEvent;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of continual learning by periods (ADER, RecSys 2020): what was learned up to the end of a period is
 * frozen and tested on the next one. Items that no earlier period had are taken out of the tested sessions, and every
 * click of what is left but a session's first is a target, ranked among all items of earlier periods. The engine's
 * model stands there twice: frozen like all others, and as it goes on learning while it is tested.
 */
public final class PeriodEvaluation implements AutoCloseable {
    private static final int HISTORY = 200;
    private static final String ONLINE = "model, learning while it is tested";
    private static final String UPDATED = "model, learned online, frozen for the period";

    private final PeriodConfig config;
    private final InMemoryStore store;
    private final Learner learner;
    private final List<StreamRecommender> baselines;
    private final FrozenModel updated;
    private final @Nullable RetrainedModel retrained;
    /** All that are frozen, in order of rows; the model that goes on learning is row 0. */
    private final List<StreamRecommender> frozen = new ArrayList<>();

    private final List<List<RankingMetrics>> metrics = new ArrayList<>();
    private final List<Integer> periods = new ArrayList<>();
    private List<RankingMetrics.Sums> sums = List.of();
    private final Set<Long> earlierItems = new HashSet<>();
    private final Past tested = new Past();
    private final Past learned = new Past();
    private final List<StreamEvent> buffer = new ArrayList<>();
    /** Ranks of those that are frozen, by event: counted if the model ranks it, too. */
    private final Map<Long, int[]> pending = new HashMap<>();

    private final List<LogEvent> tickEvents = new ArrayList<>();
    private long tick = FrozenModel.FIRST_TICK;
    private long events;
    private int period = -1;

    /** Hears of every period that is over. */
    public interface Progress {
        /**
         * A period is over.
         *
         * @param period its number
         * @param mrr10 MRR@10 in it by recommender, in order; empty for the first
         */
        void period(int period, Map<String, Double> mrr10);
    }

    /** Interactions so far, by user and by session. */
    private static final class Past {
        final Map<Long, List<Interaction>> users = new HashMap<>();
        final Map<Long, List<Interaction>> sessions = new HashMap<>();

        List<Interaction> history(StreamEvent event) {
            return users.computeIfAbsent(event.log().user(), user -> new ArrayList<>());
        }

        List<Interaction> session(StreamEvent event) {
            return sessions.computeIfAbsent(event.session(), key -> new ArrayList<>());
        }

        void add(StreamEvent event) {
            LogEvent e = event.log();
            Interaction done = new Interaction(e.item(), e.action(), e.eventTimeMillis(), e.value(), e.eventId());
            List<Interaction> history = history(event);
            history.add(done);
            if (history.size() > 2 * HISTORY) {
                history.subList(0, HISTORY).clear();
            }
            session(event).add(done);
        }
    }

    private PeriodEvaluation(PeriodConfig config, Device device) {
        this.config = config;
        store = new InMemoryStore(
                new StoreLayout(8, 128, config.learner().model().width(), HISTORY));
        learner = Learner.open(config.learner(), store, device);
        updated = new FrozenModel(UPDATED, config.learner().model(), device);
        frozen.add(updated);
        retrained = config.retraining().passes() > 0
                ? new RetrainedModel(config.learner(), config.tickEvents(), config.retraining(), device)
                : null;
        if (retrained != null) {
            frozen.add(retrained);
        }
        baselines = config.baselines() ? Baselines.all(config.decayHalfLife(), config.tickEvents(), device) : List.of();
        frozen.addAll(baselines);
        for (int row = 0; row <= frozen.size(); row++) {
            metrics.add(new ArrayList<>());
        }
    }

    /**
     * Runs a stream to its end.
     *
     * @param progress hears of every period when it is over
     */
    public static PeriodResult run(
            Iterator<StreamEvent> stream, PeriodConfig config, Device device, Progress progress) {
        long start = System.nanoTime();
        try (PeriodEvaluation evaluation = new PeriodEvaluation(config, device)) {
            while (stream.hasNext()) {
                StreamEvent event = stream.next();
                if (event.period() > evaluation.period) {
                    Map<String, Double> tested = evaluation.endPeriod(true);
                    progress.period(evaluation.period, tested);
                    evaluation.period = event.period();
                }
                evaluation.take(event);
            }
            evaluation.endPeriod(false);
            return evaluation.result((System.nanoTime() - start) / 1e9);
        }
    }

    private void take(StreamEvent event) {
        LogEvent e = event.log();
        if (earlierItems.contains(e.item())) {
            List<Interaction> session = tested.session(event);
            if (!session.isEmpty()
                    && Math.floorMod(CounterRandom.mix(17, e.eventId()), (long) config.rankEvery()) == 0) {
                List<Interaction> history = tested.history(event);
                int[] ranks = new int[frozen.size()];
                for (int c = 0; c < ranks.length; c++) {
                    ranks[c] = frozen.get(c).rank(event, history, session);
                }
                pending.put(e.eventId(), ranks);
            }
            tested.add(event);
        }
        buffer.add(event);
        tickEvents.add(e);
        events++;
        if (tickEvents.size() == config.tickEvents()) {
            flush();
        }
    }

    /** Lets the model learn what has gathered, and counts the ranks of all: what it does not rank is no target. */
    private void flush() {
        if (tickEvents.isEmpty()) {
            return;
        }
        for (RankedEvent ranked :
                learner.learn(tick++, tickEvents, Map.of(0, events)).ranked()) {
            int[] others = pending.remove(ranked.eventId());
            if (others != null) {
                sums.get(0).add(ranked.rank());
                for (int c = 0; c < others.length; c++) {
                    sums.get(c + 1).add(others[c]);
                }
            }
        }
        pending.clear();
        tickEvents.clear();
    }

    /** Closes the books of a period, and lets those that were frozen learn from it. */
    private Map<String, Double> endPeriod(boolean another) {
        flush();
        Map<String, Double> mrr10 = new LinkedHashMap<>();
        if (!sums.isEmpty() && sums.get(1).metrics().targets() > 0) {
            periods.add(period);
            for (int row = 0; row < sums.size(); row++) {
                RankingMetrics reached = sums.get(row).metrics();
                metrics.get(row).add(reached);
                mrr10.put(row == 0 ? ONLINE : frozen.get(row - 1).name(), reached.mrr10());
            }
        }
        sums = new ArrayList<>();
        for (int row = 0; row <= frozen.size(); row++) {
            sums.add(new RankingMetrics.Sums());
        }
        if (another) {
            learnPeriod();
        }
        return mrr10;
    }

    private void learnPeriod() {
        if (buffer.isEmpty()) {
            return;
        }
        updated.load(store);
        if (retrained != null) {
            retrained.add(buffer.stream().map(StreamEvent::log).toList());
            retrained.retrain();
        }
        tested.users.clear();
        tested.sessions.clear();
        learned.sessions.clear();
        for (StreamEvent event : buffer) {
            earlierItems.add(event.log().item());
            for (StreamRecommender baseline : baselines) {
                baseline.learn(event, learned.history(event), learned.session(event));
            }
            learned.add(event);
        }
        buffer.clear();
    }

    private PeriodResult result(double seconds) {
        List<PeriodResult.Row> rows = new ArrayList<>();
        rows.add(new PeriodResult.Row(ONLINE, learner.report().tokens(), metrics.get(0)));
        for (int c = 0; c < frozen.size(); c++) {
            StreamRecommender recommender = frozen.get(c);
            long tokens = recommender == updated ? learner.report().tokens() : recommender.tokens();
            rows.add(new PeriodResult.Row(recommender.name(), tokens, metrics.get(c + 1)));
        }
        return new PeriodResult(events, seconds, periods, rows);
    }

    @Override
    public void close() {
        learner.close();
    }
}
