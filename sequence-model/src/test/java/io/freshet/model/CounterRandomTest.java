package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers that are fair by every key and every counter. Seeds are fixed: a test here fails always or never. */
class CounterRandomTest {
    private static final int COUNT = 64_000;

    /** Chi-square of 64 cells has 63 degrees of freedom: it is above 115 once in 20,000. */
    private static void uniform(int[] cells, String what) {
        double expected = 0;
        for (int cell : cells) {
            expected += cell;
        }
        expected /= cells.length;
        double square = 0;
        for (int cell : cells) {
            square += (cell - expected) * (cell - expected) / expected;
        }
        assertThat(square).as("chi-square of %s", what).isBetween(25.0, 115.0);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 42, Long.MIN_VALUE, 0x9e3779b97f4a7c15L})
    void everyKeyIsUniformOverItsCounter(long key) {
        int[] high = new int[64];
        int[] low = new int[64];
        for (int i = 0; i < COUNT; i++) {
            long bits = CounterRandom.mix(key, i);
            high[(int) (bits >>> 58)]++;
            low[(int) (bits & 63)]++;
        }
        uniform(high, "the highest bits");
        uniform(low, "the lowest bits");
    }

    /** Keys one apart are as good as counters one apart: steps, lanes and positions are counted. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1000})
    void everyCounterIsUniformOverItsKeys(long counter) {
        int[] cells = new int[64];
        for (int key = 0; key < COUNT; key++) {
            cells[(int) (CounterRandom.uniform(CounterRandom.mix(key, counter)) * 64)]++;
        }
        uniform(cells, "keys at counter " + counter);
    }

    /** Pairs of a key's number and its neighbour's fall into all cells of a square alike. */
    @Test
    void neighbouringKeysAreIndependent() {
        int[] cells = new int[64];
        for (int i = 0; i < COUNT; i++) {
            int a = (int) (CounterRandom.mix(7, i) >>> 61);
            int b = (int) (CounterRandom.mix(8, i) >>> 61);
            cells[a * 8 + b]++;
        }
        uniform(cells, "pairs of keys 7 and 8");
    }

    /** One bit of an input turns half of the output's, whichever bit it is. */
    @Test
    void everyBitOfKeyAndCounterTurnsHalfOfTheOutput() {
        for (int bit = 0; bit < 64; bit++) {
            long byKey = 0;
            long byCounter = 0;
            for (int i = 0; i < 2000; i++) {
                long plain = CounterRandom.mix(i * 77L, i);
                byKey += Long.bitCount(plain ^ CounterRandom.mix(i * 77L ^ 1L << bit, i));
                byCounter += Long.bitCount(plain ^ CounterRandom.mix(i * 77L, i ^ 1L << bit));
            }
            assertThat(byKey / 2000.0)
                    .as("bits turned by bit %d of the key", bit)
                    .isBetween(31.0, 33.0);
            assertThat(byCounter / 2000.0)
                    .as("bits turned by bit %d of the counter", bit)
                    .isBetween(31.0, 33.0);
        }
    }

    @Test
    void uniformNumbersStayBelowOne() {
        assertThat(CounterRandom.uniform(0)).isZero();
        assertThat(CounterRandom.uniform(-1)).isLessThan(1.0).isEqualTo(Math.nextDown(1.0));
        assertThat(CounterRandom.uniform(1L << 63)).isEqualTo(0.5);
    }

    @Test
    void aFillDependsOnItsKeyAloneAndOnNothingBeside() {
        float[] whole = new float[100];
        CounterRandom.fill(5, whole, 0, 100, 0.25f);
        float[] beside = new float[130];
        Arrays.fill(beside, 9f);
        CounterRandom.fill(5, beside, 20, 60, 0.25f);
        for (int i = 0; i < 130; i++) {
            assertThat(beside[i]).isEqualTo(i < 20 || i >= 80 ? 9f : whole[i - 20]);
        }
        double sum = 0;
        for (float x : whole) {
            assertThat(x).isBetween(-0.25f, 0.25f);
            sum += x;
        }
        assertThat(Math.abs(sum / 100)).isLessThan(5 * 0.25 / Math.sqrt(3 * 100));
    }

    /** Weights of all models start from these bits: another finaliser would be another model. */
    @Test
    void theBitsAreThoseOfSplitMix64() {
        assertThat(CounterRandom.mix(0, 0)).isEqualTo(0xe220a8397b1dcdafL);
        assertThat(CounterRandom.mix(0, 1)).isEqualTo(0x6e789e6aa1b965f4L);
        assertThat(CounterRandom.mix(0, 2)).isEqualTo(0x06c45d188009454fL);
    }
}
