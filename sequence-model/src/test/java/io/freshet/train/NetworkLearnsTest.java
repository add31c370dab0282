package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.prequential.RankedEvent;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The network learns what counts cannot. In every user's history come triples of one of two items {@code A}, one of two
 * items {@code B}, and that item {@code C} which is the exclusive or of both: neither item tells alone which it is, so
 * a list of neighbours has both as often. It is first in half of the cases for who only counts, and in all for who has
 * learned to read two items together.
 */
class NetworkLearnsTest {
    private static final int USERS = 24;
    private static final int TICKS = 260;

    /** Share of the last third's {@code C} that stood first. */
    private static double firstRanks(BiasSet logitBiases) {
        TestLog.Settings settings = new TestLog.Settings();
        settings.logitBiases = logitBiases;
        settings.batchTokens = 64;
        SplittableRandom random = new SplittableRandom(41);
        long offset = 0;
        long asked = 0;
        long first = 0;
        try (Learner learner = Learner.open(settings.build(), new InMemoryStore(TestLog.LAYOUT), CpuDevices.best())) {
            for (int tick = 0; tick < TICKS; tick++) {
                List<LogEvent> events = new ArrayList<>();
                Set<Long> decided = new HashSet<>();
                for (int user = 0; user < USERS; user++) {
                    int a = random.nextInt(2);
                    int b = random.nextInt(2);
                    for (int item : new int[] {a, 2 + b, 4 + (a ^ b)}) {
                        LogEvent event = TestLog.click(offset, user, item, 60_000L * tick + offset % 3 * 1000);
                        events.add(event);
                        if (item >= 4) {
                            decided.add(event.eventId());
                        }
                        offset++;
                    }
                }
                for (RankedEvent ranked :
                        learner.learn(tick, events, Map.of(0, offset)).ranked()) {
                    if (tick >= TICKS * 2 / 3 && decided.contains(ranked.eventId())) {
                        asked++;
                        first += ranked.rank() == 0 ? 1 : 0;
                    }
                }
            }
            assertThat(learner.report().skippedSteps()).isZero();
        }
        assertThat(asked).isGreaterThan(1000);
        return (double) first / asked;
    }

    @Test
    void theNetworkAloneLearnsAnExclusiveOr() {
        assertThat(firstRanks(BiasSet.NONE)).isGreaterThan(0.9);
    }

    @Test
    void theMemoriesAloneDoNotAndDoNotHinderIt() {
        assertThat(firstRanks(BiasSet.NO_NETWORK)).isBetween(0.35, 0.65);
        assertThat(firstRanks(BiasSet.ALL)).isGreaterThan(0.9);
    }
}
