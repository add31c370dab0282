package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.dataset.BehaviourSimulator;
import io.freshet.model.ActionRules;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.train.prequential.RankedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * What hides do, where the truth is planted: shoppers who cannot stand one cluster of items and hide what they see of
 * it.
 */
class PlantedHidesIT {
    private static final int EVENTS = 16_000;
    private static final int TICK = 50;
    private static final int SHOWN = 20;
    private static final int USERS = 400;

    private final BehaviourSimulator simulator = new BehaviourSimulator(
            new BehaviourSimulator.Settings(3, USERS, 8, 60, EVENTS, 0.8, 0.5, 0, 0).withHides(0.05));
    private final List<BehaviourEvent> log = new ArrayList<>();

    PlantedHidesIT() {
        simulator.forEachRemaining(log::add);
    }

    /** A user with what was shown to him and what of it he hides. */
    private record Probe(String user, String hidden, Set<String> nearest, List<String> shown) {
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

    /** What every user is shown, and of it the first item that is not of his taste, which he hides. */
    private List<Probe> probes(ActionWorld world) {
        List<Probe> probes = new ArrayList<>();
        for (int u = 0; u < USERS; u++) {
            String user = "u" + u;
            List<String> shown = world.best(user, SHOWN);
            shown.stream()
                    .filter(item -> BehaviourSimulator.clusterOf(item) != simulator.tasteOf(user))
                    .findFirst()
                    .ifPresent(item -> probes.add(new Probe(user, item, Set.copyOf(world.nearest(item, 50)), shown)));
        }
        return probes;
    }

    /** All of the probes' users hide their items in one tick. */
    private static void assertGone(ActionWorld world, List<Probe> probes) {
        long before =
                probes.stream().mapToLong(probe -> probe.near(probe.shown())).sum();
        world.learn(probes.stream()
                .map(probe -> world.event(Action.HIDE, probe.user(), probe.hidden()))
                .toList());
        long after = 0;
        for (Probe probe : probes) {
            List<String> shown = world.best(probe.user(), SHOWN);
            assertThat(shown).as(probe.user()).hasSize(SHOWN).doesNotContain(probe.hidden());
            after += probe.near(shown);
        }
        assertThat(before).as("neighbours of hidden items that were shown").isGreaterThan(100);
        assertThat(after / (double) before)
                .as("of %d, those that still are", before)
                .isLessThan(0.7);
    }

    @Test
    void hiddenItemsGoAtOnceTheirNeighboursGoMostlyAndWishesAreMetAsBefore() {
        try (ActionWorld world = new ActionWorld(ActionRules.DEFAULT);
                ActionWorld ignorant = new ActionWorld(ActionRules.DEFAULT)) {
            double hitRatio = learn(world, true);
            double withoutHides = learn(ignorant, false);
            assertThat(hitRatio).isGreaterThan(withoutHides - 0.002).isGreaterThan(0.4);
            assertGone(world, probes(world));
            // The first hides that a learner ever sees do the same.
            assertGone(ignorant, probes(ignorant));
        }
    }

    @Test
    void whatUsersHidIsNeverShownToThemAgain() {
        try (ActionWorld world = new ActionWorld(ActionRules.DEFAULT)) {
            Map<String, Set<String>> hidden = new TreeMap<>();
            for (int from = 0; from < EVENTS / 4; from += TICK) {
                List<BehaviourEvent> tick = log.subList(from, from + TICK);
                for (BehaviourEvent event : tick) {
                    Set<String> of = hidden.computeIfAbsent(event.subject(), user -> new TreeSet<>());
                    if (event.action() == Action.HIDE) {
                        of.add(event.itemId());
                    } else {
                        of.remove(event.itemId());
                    }
                }
                world.learn(tick);
                String user = tick.get(TICK - 1).subject();
                Set<String> refused = hidden.getOrDefault(user, Set.of());
                assertThat(world.best(user, 500)).noneMatch(refused::contains).isNotEmpty();
            }
            assertThat(hidden.values().stream().mapToInt(Set::size).sum()).isGreaterThan(100);
        }
    }
}
