package io.freshet.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.dataset.BehaviourSimulator.Settings;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BehaviourSimulatorTest {
    private static List<BehaviourEvent> all(long seed) {
        List<BehaviourEvent> events = new ArrayList<>();
        new BehaviourSimulator(Settings.small(seed)).forEachRemaining(events::add);
        return events;
    }

    @Test
    void theSameSeedGivesTheSameEvents() {
        assertThat(all(3)).isEqualTo(all(3)).isNotEqualTo(all(4)).hasSize(50_000);
    }

    @Test
    void usersMostlyFollowTheirTaste() {
        BehaviourSimulator simulator = new BehaviourSimulator(Settings.small(1));
        int own = 0;
        for (int n = 0; n < 19_000; n++) {
            BehaviourEvent event = simulator.next();
            own += BehaviourSimulator.clusterOf(event.itemId()) == simulator.tasteOf(event.subject()) ? 1 : 0;
        }
        assertThat(own / 19_000.0).isGreaterThan(0.8);
    }

    @Test
    void hidesAreOfWhatTheUserCannotStandAndHeTakesNothingOfIt() {
        Settings settings = new Settings(1, 100, 6, 20, 20_000, 0.8, 0.5, 0, 0).withHides(0.1);
        BehaviourSimulator simulator = new BehaviourSimulator(settings);
        int hides = 0;
        while (simulator.hasNext()) {
            BehaviourEvent event = simulator.next();
            int aversion = simulator.aversionOf(event.subject());
            assertThat(aversion).isNotEqualTo(simulator.tasteOf(event.subject()));
            boolean ofIt = BehaviourSimulator.clusterOf(event.itemId()) == aversion;
            assertThat(event.action() == Action.HIDE).as(event.toString()).isEqualTo(ofIt);
            hides += ofIt ? 1 : 0;
        }
        assertThat(hides / 20_000.0).isBetween(0.09, 0.11);
    }

    @Test
    void aRatingWithoutAValueIsToldFromARatingOfZero() {
        BehaviourEvent rated = BehaviourEvent.of("e", Action.RATE, 0, "u", "i");
        assertThat(rated.historyValue()).isNaN();
        assertThat(rated.withValue(0).historyValue()).isZero();
        assertThat(BehaviourEvent.of("e", Action.CLICK, 0, "u", "i").historyValue())
                .isZero();
    }

    @Test
    void tastesDriftAndNewItemsArrive() {
        BehaviourSimulator simulator = new BehaviourSimulator(Settings.small(1));
        List<Integer> before = new ArrayList<>();
        Set<String> early = new HashSet<>();
        for (int u = 0; u < 400; u++) {
            before.add(simulator.tasteOf("u" + u));
        }
        Set<String> late = new HashSet<>();
        for (int n = 0; n < 50_000; n++) {
            (n < 25_000 ? early : late).add(simulator.next().itemId());
        }
        List<Integer> after = new ArrayList<>();
        for (int u = 0; u < 400; u++) {
            after.add(simulator.tasteOf("u" + u));
        }
        assertThat(after).isNotEqualTo(before);
        late.removeAll(early);
        assertThat(late).hasSizeGreaterThan(20);
    }
}
