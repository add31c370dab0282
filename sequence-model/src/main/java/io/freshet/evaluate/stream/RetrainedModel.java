package io.freshet.evaluate.stream;

import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.kernel.Device;
import io.freshet.model.scoring.Scorer;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.Interaction;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import io.freshet.train.LearnerConfig;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The model retrained from scratch whenever a period ends. A pass begins with what the passes before made of weights
 * and rows, but without their co-occurrences and users: what followed what must not count before it is learned from.
 */
final class RetrainedModel implements StreamRecommender {
    private static final int VALIDATION = 2000;
    private static final int PATIENCE = 2;

    private final LearnerConfig learner;
    private final int tickEvents;
    private final Retraining retraining;
    private final Device device;
    private final FrozenModel model;
    private final List<List<LogEvent>> log = new ArrayList<>();
    private int passes;
    private long tokens;

    RetrainedModel(LearnerConfig learner, int tickEvents, Retraining retraining, Device device) {
        this.learner = learner;
        this.tickEvents = tickEvents;
        this.retraining = retraining;
        this.device = device;
        model = new FrozenModel("", learner.model(), device);
        passes = retraining.search() ? 0 : retraining.passes();
    }

    /** One training, pass after pass. */
    private final class Training {
        private final EmbeddingStore store =
                new InMemoryStore(new StoreLayout(8, 128, learner.model().width(), 200));
        private long tick = FrozenModel.FIRST_TICK;
        private long offset;
        private int pass;
        private long trained;

        void pass(List<LogEvent> events) {
            EmbeddingStore start = pass == 0 ? store : new StoreWithoutCoOccurrences(store);
            try (Learner training = Learner.open(learner, start, device)) {
                List<LogEvent> batch = new ArrayList<>();
                for (LogEvent event : events) {
                    batch.add(again(event, pass, offset++));
                    if (batch.size() == tickEvents) {
                        training.learn(tick++, batch, Map.of(0, offset));
                        batch.clear();
                    }
                }
                if (!batch.isEmpty()) {
                    training.learn(tick++, batch, Map.of(0, offset));
                }
                training.writeOwnState();
                trained = training.report().tokens();
            }
            pass++;
        }
    }

    /** The same event of another pass: users begin anew, and no event is a duplicate. */
    private static LogEvent again(LogEvent e, int pass, long offset) {
        long shift = pass * 0x9e3779b97f4a7c15L;
        return new LogEvent(
                0,
                offset,
                e.user() + shift,
                pass + "/" + e.subject(),
                e.item(),
                e.itemName(),
                e.action(),
                e.eventTimeMillis(),
                e.value(),
                e.eventId() + shift);
    }

    /** Adds the events of a period that is over. */
    void add(List<LogEvent> period) {
        log.add(List.copyOf(period));
    }

    /** Trains from scratch on the periods so far. */
    void retrain() {
        int first = retraining.periods() == 0 ? 0 : Math.max(0, log.size() - retraining.periods());
        List<LogEvent> events = new ArrayList<>();
        log.subList(first, log.size()).forEach(events::addAll);
        if (passes == 0) {
            passes = search(events);
        }
        Training training = new Training();
        for (int pass = 0; pass < passes; pass++) {
            training.pass(events);
        }
        tokens += training.trained;
        model.load(training.store);
    }

    /** Passes over the first four fifths after which the last fifth is ranked best. */
    private int search(List<LogEvent> events) {
        int split = events.size() / 5 * 4;
        Training training = new Training();
        int best = 1;
        double most = -1;
        for (int pass = 1; pass <= retraining.passes() && pass <= best + PATIENCE; pass++) {
            training.pass(events.subList(0, split));
            double reached = validate(training.store, events, split).hitRatio10();
            System.Logger.Level level = System.Logger.Level.INFO;
            System.getLogger(RetrainedModel.class.getName()).log(level, "retraining: pass {0}, {1}", pass, reached);
            if (reached > most) {
                most = reached;
                best = pass;
            }
        }
        return best;
    }

    private RankingMetrics validate(EmbeddingStore store, List<LogEvent> events, int split) {
        Scorer scorer = new Scorer(learner.model(), device);
        scorer.state().load(store);
        Map<Long, List<Interaction>> histories = new HashMap<>();
        RankingMetrics.Sums sums = new RankingMetrics.Sums();
        int every = Math.max(1, (events.size() - split) / VALIDATION);
        for (int i = 0; i < events.size(); i++) {
            LogEvent e = events.get(i);
            List<Interaction> history = histories.computeIfAbsent(e.user(), user -> new ArrayList<>());
            if (i >= split && (i - split) % every == 0) {
                sums.add(scorer.rank(history, e.eventTimeMillis(), e.item()));
            }
            history.add(new Interaction(e.item(), e.action(), e.eventTimeMillis(), e.value(), e.eventId()));
        }
        return sums.metrics();
    }

    /** Tokens of all retrainings, the search left out. */
    @Override
    public long tokens() {
        return tokens;
    }

    @Override
    public String name() {
        String over = retraining.periods() == 0 ? "all" : "the last " + retraining.periods() + " periods";
        return "model, retrained from scratch, " + passes + " passes over " + over;
    }

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        return model.rank(event, history, session);
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        // Only whole periods are learned from.
    }
}
