package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.dataset.BehaviourSimulator;
import io.freshet.model.ActionRules;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What hides do, where the truth is planted: shoppers who cannot stand one cluster of items and hide what they see of
 * it.
 */
class PlantedHidesTest {
    private static final int EVENTS = 16_000;
    private static final int TICK = 50;
    private static final int SHOWN = 20;

    private final BehaviourSimulator simulator = new BehaviourSimulator(
            new BehaviourSimulator.Settings(3, 400, 8, 60, EVENTS, 0.8, 0.5, 0, 0).withHides(0.05));
    private final List<BehaviourEvent> log = new ArrayList<>();

    PlantedHidesTest() {
        simulator.forEachRemaining(log::add);
    }

    /** A user with what was shown to him and what of it he hides. */
    private record Probe(String user, String hidden, Set<String> nearest, Set<String> shown) {
        long near(List<String> items) {
            return items.stream().filter(nearest::contains).count();
        }
    }

    /** Learns the log; hit ratio at 10 of the second half's events. */
    private double learn(ActionWorld world, boolean withHides) {
        double hits = 0;
        long events = 0;
        for (int from = 0; from < log.size(); from += TICK) {
            List<BehaviourEvent> tick = log.subList(from, from + TICK).stream()
                    .filter(event -> withHides || event.action() != Action.HIDE)
                    .toList();
            for (RankedEvent ranked : world.learn(tick).ranked()) {
                if (from >= EVENTS / 2) {
                    events++;
                    hits += ranked.rank() >= 0 && ranked.rank() < 10 ? 1 : 0;
                }
            }
        }
        return hits / events;
    }

    @Test
    void experiment() {
        for (boolean hides : new boolean[] {false, true}) {
        for (float weight : new float[] {0f, 0.25f, 0.5f, 1f}) {
            ActionRules rules = new ActionRules(3f, 0f, ActionRules.Impressions.IGNORE, weight);
            long start = System.nanoTime();
            try (ActionWorld world = new ActionWorld(rules)) {
                double hr = learn(world, hides);
                List<Probe> probes = new ArrayList<>();
                for (int u = 0; u < 400; u++) {
                    String user = "u" + u;
                    List<String> shown = world.best(user, SHOWN);
                    shown.stream()
                            .filter(item -> BehaviourSimulator.clusterOf(item) != simulator.tasteOf(user))
                            .findFirst()
                            .ifPresent(item -> probes.add(new Probe(
                                    user, item, new HashSet<>(world.nearest(item, 50)), new HashSet<>(shown))));
                }
                long before = probes.stream().mapToLong(p -> p.near(List.copyOf(p.shown()))).sum();
                world.learn(probes.stream()
                        .map(p -> world.event(Action.HIDE, p.user(), p.hidden()))
                        .toList());
                long still = probes.stream().filter(p -> world.best(p.user(), SHOWN).contains(p.hidden())).count();
                long after = probes.stream().mapToLong(p -> p.near(world.best(p.user(), SHOWN))).sum();
                System.out.printf("%s weight %s hr %.4f probes %d before %d after %d still %d %.1f s%n",
                        hides, weight, hr, probes.size(), before, after, still, (System.nanoTime() - start) / 1e9);
            }
        }}
        assertThat(log).isNotEmpty();
    }
}
