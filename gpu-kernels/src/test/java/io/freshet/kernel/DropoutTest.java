package io.freshet.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The mask is a fair coin by position and by key, and the same one every time. */
class DropoutTest {
    private static final int COUNT = 100_000;

    private static boolean[] kept(Dropout mask, int count) {
        boolean[] kept = new boolean[count];
        for (int i = 0; i < count; i++) {
            kept[i] = mask.factor(i) > 0;
        }
        return kept;
    }

    private static int count(boolean[] kept) {
        int count = 0;
        for (boolean one : kept) {
            count += one ? 1 : 0;
        }
        return count;
    }

    /** Five standard deviations of a binomial count. */
    private static double fiveDeviations(double p) {
        return 5 * Math.sqrt(COUNT * p * (1 - p));
    }

    @ParameterizedTest
    @ValueSource(floats = {0.1f, 0.5f, 0.9f})
    void keepsItsShareAndItsMean(float rate) {
        for (int place = 0; place < 8; place++) {
            Dropout mask = new Dropout(rate, 99).at(place);
            int kept = count(kept(mask, COUNT));
            assertThat(Math.abs(kept - COUNT * (1.0 - rate))).isLessThan(fiveDeviations(rate));
            double sum = 0;
            for (int i = 0; i < COUNT; i++) {
                sum += mask.factor(i);
            }
            assertThat(sum)
                    .as("kept values carry the others' weight")
                    .isBetween((kept - 0.01) / (1 - rate) * 0.9999, (kept + 0.01) / (1 - rate) * 1.0001);
        }
    }

    /** Whether a value is kept says nothing of its neighbour, nor of the same value under another key. */
    @Test
    void neighboursAndKeysAreIndependent() {
        boolean[] one = kept(new Dropout(0.5f, 1234), COUNT + 64);
        for (int shift : new int[] {1, 2, 7, 16, 64}) {
            int both = 0;
            for (int i = 0; i < COUNT; i++) {
                both += one[i] && one[i + shift] ? 1 : 0;
            }
            assertThat(Math.abs(both - COUNT * 0.25)).as("shift %d", shift).isLessThan(fiveDeviations(0.25));
        }
        for (long key : new long[] {1235, 1236, 1L << 40, -1234, 0}) {
            boolean[] other = kept(new Dropout(0.5f, key), COUNT);
            int both = 0;
            for (int i = 0; i < COUNT; i++) {
                both += one[i] && other[i] ? 1 : 0;
            }
            assertThat(Math.abs(both - COUNT * 0.25)).as("key %d", key).isLessThan(fiveDeviations(0.25));
        }
    }

    @Test
    void placesOfTheNetworkHaveMasksOfTheirOwn() {
        Dropout step = new Dropout(0.5f, 7);
        for (int a = 0; a < 12; a++) {
            for (int b = 0; b < a; b++) {
                assertThat(kept(step.at(a), 200)).as("places %d and %d", a, b).isNotEqualTo(kept(step.at(b), 200));
            }
        }
        assertThat(kept(step.at(1).at(2), 200)).isNotEqualTo(kept(step.at(2).at(1), 200));
        assertThat(step.at(5)).isEqualTo(new Dropout(0.5f, 7).at(5));
    }

    @Test
    void aRateOfNothingKeepsEverythingAtEveryPlace() {
        for (int i = 0; i < 100; i++) {
            assertThat(Dropout.NONE.at(i).factor(i * 31)).isEqualTo(1f);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {-0.1f, 1f, 1.5f, Float.NaN, Float.POSITIVE_INFINITY})
    void aRateThatIsNoProbabilityIsRefused(float rate) {
        assertThatThrownBy(() -> new Dropout(rate, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("dropout rate " + rate)
                .hasMessageContaining("0 to less than 1");
    }
}
