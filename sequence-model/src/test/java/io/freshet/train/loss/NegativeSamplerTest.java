package io.freshet.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.model.CounterRandom;
import io.freshet.model.ModelConfig;
import io.freshet.model.items.ItemDirectory;
import io.freshet.store.ItemRow;
import io.freshet.train.TestLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Negatives are drawn half uniformly and half by decayed popularity, and as often as is said of them. */
class NegativeSamplerTest {
    private static final ModelConfig MODEL = new TestLog.Settings().build().model();
    private static final long TICK = 500;

    private static ItemDirectory directory(int items) {
        ItemDirectory directory = new ItemDirectory(MODEL);
        for (int i = 0; i < items; i++) {
            float frequency = 1 + 200f / (1 + i);
            directory.put(new ItemRow(TestLog.item(i), "i" + i, i, frequency, 1f, TICK - i % 130, new float[0]));
        }
        return directory;
    }

    private static NegativeSampler sampler(ItemDirectory directory) {
        NegativeSampler sampler = new NegativeSampler();
        sampler.prepare(directory, TICK);
        return sampler;
    }

    /** Share of an item in the popularities, from their definition. */
    private static double[] shares(int items) {
        double[] shares = new double[items];
        double sum = 0;
        for (int i = 0; i < items; i++) {
            double decayed = (1 + 200.0 / (1 + i)) * Math.pow(0.5, i % 130 / MODEL.popularityHalfLifeTicks());
            shares[i] = Math.max(Math.exp(-12), decayed);
            sum += shares[i];
        }
        for (int i = 0; i < items; i++) {
            shares[i] /= sum;
        }
        return shares;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 37, 1500})
    void probabilitiesAreTheMixtureAndAddUpToOne(int items) {
        NegativeSampler sampler = sampler(directory(items));
        double[] shares = shares(items);
        double sum = 0;
        for (int i = 0; i < items; i++) {
            // The sampler takes 2^f by its series up to f^5, whose remainder is at most (ln 2)^6 / 720.
            assertThat(sampler.frequency(i)).isCloseTo(shares[i], within(1.6e-4 * shares[i]));
            assertThat(sampler.probability(i)).isCloseTo(0.5 / items + 0.5 * shares[i], within(1.6e-4 * shares[i]));
            sum += sampler.probability(i);
        }
        assertThat(sum).isCloseTo(1, within(1e-9));
    }

    /** Pearson's chi-squared; the bound is five standard deviations above the mean. */
    @ParameterizedTest
    @ValueSource(ints = {2, 37, 400})
    void drawsAreAsFrequentAsTheirProbability(int items) {
        NegativeSampler sampler = sampler(directory(items));
        int draws = 400_000;
        long[] counts = new long[items];
        for (int n = 0; n < draws; n++) {
            counts[sampler.draw(CounterRandom.mix(5, n / 1000), n % 1000)]++;
        }
        double chiSquared = 0;
        for (int i = 0; i < items; i++) {
            double expected = draws * sampler.probability(i);
            chiSquared += (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        int freedom = items - 1;
        assertThat(chiSquared).isLessThan(freedom + 5 * Math.sqrt(2.0 * freedom));
        assertThat(chiSquared).as("too even to be random").isGreaterThan(freedom - 5 * Math.sqrt(2.0 * freedom));
    }

    @Test
    void aDrawIsAFunctionOfItsKeyAndNumber() {
        NegativeSampler one = sampler(directory(300));
        NegativeSampler other = sampler(directory(300));
        int differ = 0;
        for (int n = 0; n < 2000; n++) {
            assertThat(one.draw(77, n)).isEqualTo(other.draw(77, n)).isBetween(0, 299);
            differ += one.draw(77, n) != one.draw(78, n) ? 1 : 0;
        }
        assertThat(differ).as("another key draws others").isGreaterThan(1500);
    }

    @Test
    void itFollowsTheCatalogueFromTickToTick() {
        ItemDirectory directory = directory(3000);
        NegativeSampler sampler = sampler(directory);
        ItemDirectory small = directory(2);
        small.recordInteraction(1, TICK + 5);
        sampler.prepare(small, TICK + 5);
        for (int n = 0; n < 200; n++) {
            assertThat(sampler.draw(9, n)).isBetween(0, 1);
        }
        assertThat(sampler.probability(0) + sampler.probability(1)).isCloseTo(1, within(1e-9));
    }
}
