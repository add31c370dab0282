package io.freshet.benchmarks.scan;

import io.freshet.cli.evaluate.LoggedEvents;
import io.freshet.dataset.Datasets;
import io.freshet.dataset.EventStream;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemScan;
import io.freshet.model.scoring.ScoredItem;
import io.freshet.model.scoring.Scorer;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import io.freshet.train.LearnerConfig;
import io.freshet.train.tick.LogEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Learns a log, then asks for recommendations to its last users both ways, in turns. */
final class LearnedScan {
    private static final int TICK_EVENTS = 200;

    private final LearnerConfig config = LearnerConfig.small();
    private final InMemoryStore store =
            new InMemoryStore(new StoreLayout(8, 128, config.model().width(), 200));
    private final List<List<Interaction>> histories = new ArrayList<>();
    private long lastMillis;

    /**
     * What came out.
     *
     * @param items in the catalogue
     * @param queries asked
     * @param same answers that were equal, scores' bits included
     * @param scored items that a query scored under int8: mean, median, 99th of a hundred, most
     * @param micros median over turns of a whole recommendation: float32, int8, float32 and int8 in a tick's
     *     first call
     */
    record Outcome(int items, int queries, int same, double[] scored, double[] micros) {}

    /** Learns from the first events of a data set. */
    void learn(String dataset, @Nullable Path path, int events, int queries) throws Exception {
        Set<Long> users = new LinkedHashSet<>();
        try (Device device = CpuDevices.best();
                Learner learner = Learner.open(config, store, device);
                EventStream stream = Datasets.open(dataset, path)) {
            List<LogEvent> tick = new ArrayList<>();
            long ticks = 0;
            for (int n = 0; n < events && stream.hasNext(); n++) {
                LogEvent event = LoggedEvents.of(n, stream.next(), 0f);
                tick.add(event);
                lastMillis = event.eventTimeMillis();
                users.remove(event.user());
                users.add(event.user());
                if (tick.size() == TICK_EVENTS) {
                    learner.learn(ticks++, tick, Map.of(0, (long) n));
                    tick.clear();
                }
            }
        }
        List<Long> order = new ArrayList<>(users);
        for (long user : order.subList(Math.max(0, order.size() - queries), order.size())) {
            History history = store.history(user);
            if (history != null) {
                histories.add(history.interactions());
            }
        }
    }

    /** Asks for {@code k} items for every user. */
    Outcome ask(int k) {
        try (Device device = CpuDevices.best()) {
            Scorer all = new Scorer(config.model(), device, ItemScan.FLOAT32);
            Scorer screened = new Scorer(config.model(), device, ItemScan.INT8);
            all.state().load(store);
            screened.state().load(store);
            int same = 0;
            double[] scored = new double[histories.size()];
            for (int n = 0; n < scored.length; n++) {
                same += recommend(all, n, k, 0).equals(recommend(screened, n, k, 0)) ? 1 : 0;
                scored[n] = screened.scored();
            }
            double[] micros = Turns.medians(
                    scored.length,
                    n -> recommend(all, n, k, 0),
                    n -> recommend(screened, n, k, 0),
                    n -> recommend(all, n, k, n % 2),
                    n -> recommend(screened, n, k, n % 2));
            double mean = Arrays.stream(scored).average().orElse(0);
            Arrays.sort(scored);
            return new Outcome(
                    all.state().items(),
                    scored.length,
                    same,
                    new double[] {
                        mean, scored[scored.length / 2], scored[scored.length * 99 / 100], scored[scored.length - 1]
                    },
                    micros);
        }
    }

    private List<ScoredItem> recommend(Scorer scorer, int n, int k, int later) {
        scorer.state().tick(store.tick() + later);
        return scorer.recommend(histories.get(n), lastMillis, k, item -> false);
    }
}
