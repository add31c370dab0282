package io.freshet.evaluate.stream;

import io.freshet.kernel.Device;
import io.freshet.model.ModelConfig;
import io.freshet.model.Scorer;
import io.freshet.store.InMemoryStore;
import io.freshet.store.Interaction;
import io.freshet.store.StateReader;
import io.freshet.store.StoreLayout;
import io.freshet.train.Learner;
import io.freshet.train.LearnerConfig;
import io.freshet.train.LogEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The model with the weights, rows and priors of some moment; users' contexts go on growing. */
final class FrozenModel implements Contender {
    /** A tick number whose times are those of a running job: ticks count from the epoch. */
    static final long FIRST_TICK = 6_800_000_000L;

    private final String name;
    private final ModelConfig config;
    private final Device device;
    private @Nullable Scorer scorer;
    private long tokens;

    FrozenModel(String name, ModelConfig config, Device device) {
        this.name = name;
        this.config = config;
        this.device = device;
    }

    /** Takes the state of a learner. */
    void load(StateReader state) {
        Scorer fresh = new Scorer(config, device);
        fresh.load(state);
        scorer = fresh;
    }

    /** Takes the state of a learner that passes over a log from scratch, several times. */
    void retrain(LearnerConfig learner, List<LogEvent> log, int tickEvents, int passes) {
        InMemoryStore store = new InMemoryStore(new StoreLayout(8, 128, config.width(), 200));
        try (Learner trained = Learner.open(learner, store, device)) {
            long tick = FIRST_TICK;
            long offset = 0;
            for (int pass = 0; pass < passes; pass++) {
                List<LogEvent> events = new ArrayList<>();
                for (LogEvent event : log) {
                    events.add(again(event, pass, offset++));
                    if (events.size() == tickEvents) {
                        trained.learn(tick++, events, Map.of(0, offset));
                        events.clear();
                    }
                }
                trained.learn(tick++, events, Map.of(0, offset));
            }
            tokens += trained.report().tokens();
        }
        load(store);
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

    long tokens() {
        return tokens;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        return scorer == null
                ? -1
                : scorer.rank(
                        history, event.log().eventTimeMillis(), event.log().item());
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        // Only what it is given learns.
    }
}
