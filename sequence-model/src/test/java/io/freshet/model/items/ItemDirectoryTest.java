package io.freshet.model.items;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.CounterRandom;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.store.ItemRow;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Popularities fall as their half-lives say, and indices follow the order of admission through any removals. */
class ItemDirectoryTest {
    private static final double HALF_LIFE = 100;
    private static final double RECENT_HALF_LIFE = 10;
    private static final ModelConfig CONFIG = new ModelConfig(
            new LayerConfig(ModelConfig.Variant.STREAMING, 4, 1, 1, 4, 4),
            new ContextConfig(8, 4),
            0.2f,
            new PopularityDecay(HALF_LIFE, RECENT_HALF_LIFE),
            7,
            ActionRules.DEFAULT);

    private static ItemRow row(long item, long ordinal, float frequency, float recent, long lastTick) {
        return new ItemRow(item, "i" + item, ordinal, frequency, recent, lastTick, new float[0]);
    }

    @Test
    void aPopularityHalvesInEveryHalfLife() {
        ItemDirectory directory = new ItemDirectory(CONFIG);
        int at = directory.put(row(5, 0, 64f, 64f, 1000));
        for (int halvings = 0; halvings <= 6; halvings++) {
            double expected = StrictMath.log(64 * StrictMath.pow(0.5, halvings));
            assertThat((double) directory.logPopularity(at, 1000 + (long) (halvings * HALF_LIFE)))
                    .isCloseTo(expected, within(1e-5));
            assertThat((double) directory.logRecentPopularity(at, 1000 + (long) (halvings * RECENT_HALF_LIFE)))
                    .isCloseTo(expected, within(1e-5));
        }
    }

    @Test
    void whatIsForgottenEndsAtTheFloorAndNotAtInfinity() {
        ItemDirectory directory = new ItemDirectory(CONFIG);
        int at = directory.put(row(5, 0, 3f, 3f, 0));
        assertThat(directory.logPopularity(at, Long.MAX_VALUE / 2)).isEqualTo(-12f);
        assertThat(directory.logRecentPopularity(at, 1_000_000)).isEqualTo(-12f);
    }

    /** Against the sum over all sightings of what is left of each. */
    @Test
    void sightingsAddUpDecayed() {
        ItemDirectory directory = new ItemDirectory(CONFIG);
        int at = directory.put(row(5, 0, 0f, 0f, 0));
        SplittableRandom random = new SplittableRandom(4);
        List<Long> sightings = new ArrayList<>();
        long tick = 0;
        for (int i = 0; i < 300; i++) {
            tick += random.nextInt(20);
            directory.recordInteraction(at, tick);
            sightings.add(tick);
            long now = tick + random.nextInt(5);
            double all = 0;
            double recent = 0;
            for (long seen : sightings) {
                all += StrictMath.pow(0.5, (now - seen) / HALF_LIFE);
                recent += StrictMath.pow(0.5, (now - seen) / RECENT_HALF_LIFE);
            }
            assertThat((double) directory.logPopularity(at, now)).isCloseTo(StrictMath.log(all), within(1e-4));
            assertThat((double) directory.logRecentPopularity(at, now)).isCloseTo(StrictMath.log(recent), within(1e-4));
        }
        assertThat(directory.lastTick(at)).isEqualTo(tick);
    }

    @Test
    void theBiasIsTheWeightedSumOfBothLogarithms() {
        ItemDirectory directory = new ItemDirectory(CONFIG);
        int at = directory.put(row(5, 0, 8f, 2f, 50));
        float[] logitBiases = {0.3f, -0.7f, 99f};
        assertThat(directory.popularityBias(at, 60, logitBiases))
                .isCloseTo(
                        0.3f * directory.logPopularity(at, 60) - 0.7f * directory.logRecentPopularity(at, 60),
                        within(1e-6f));
    }

    /** Against a list from which the same is removed. */
    @Test
    void removalsKeepTheOrderOfAdmissionAndAllThatIsKnown() {
        ItemDirectory directory = new ItemDirectory(CONFIG);
        SplittableRandom random = new SplittableRandom(12);
        List<ItemRow> expected = new ArrayList<>();
        long ordinal = 0;
        for (int round = 0; round < 30; round++) {
            for (int i = 0; i < 200; i++) {
                ItemRow row = row(CounterRandom.mix(3, ordinal), ordinal, 1 + random.nextInt(9), 1f, round);
                ordinal++;
                directory.put(row);
                expected.add(row);
            }
            Set<Long> gone = new HashSet<>();
            expected.removeIf(row -> random.nextInt(3) == 0 && gone.add(row.item()));
            gone.add(-77L);
            directory.removeAll(gone);
            assertThat(directory.size()).isEqualTo(expected.size());
            for (int at = 0; at < expected.size(); at++) {
                ItemRow row = expected.get(at);
                assertThat(directory.indexOf(row.item())).isEqualTo(at);
                assertThat(directory.row(at, row.embedding())).isEqualTo(row);
            }
            gone.forEach(item -> assertThat(directory.indexOf(item)).isNegative());
        }
    }

    /** Ten million new ids an hour pass the range of an int in nine days. */
    @Test
    void ordinalsGoOnBeyondTheRangeOfAnInt() {
        ItemDirectory directory = new ItemDirectory(CONFIG);
        long first = Integer.MAX_VALUE - 1L;
        for (int i = 0; i < 4; i++) {
            directory.put(row(i, first + i, 1f, 1f, 0));
        }
        for (int i = 0; i < 4; i++) {
            assertThat(directory.ordinal(i)).isEqualTo(first + i);
            assertThat(directory.row(i, new float[0]).ordinal()).isEqualTo(first + i);
        }
    }
}
