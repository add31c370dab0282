package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The map without boxing against {@link HashMap}. */
class LongIndexTest {
    /** Ways in which ids can be spread; some would be the death of a bad hash. */
    enum Ids {
        SMALL(i -> i),
        NEGATIVE(i -> -i),
        SPREAD(i -> CounterRandom.mix(3, i)),
        LOW_BITS_ALIKE(i -> i << 40),
        HIGH_BITS_ALIKE(i -> Long.MIN_VALUE | i),
        /** Multiples of the inverse of the hash's factor, so that upper halves are alike. */
        ADVERSARIAL(i -> i * 0xF1DE83E19937733DL);

        private final LongUnaryOperator of;

        Ids(LongUnaryOperator of) {
            this.of = of;
        }
    }

    @ParameterizedTest
    @EnumSource(Ids.class)
    void itIsAMap(Ids ids) {
        SplittableRandom random = new SplittableRandom(19);
        LongIndex index = new LongIndex();
        Map<Long, Integer> expected = new HashMap<>();
        int universe = ids == Ids.ADVERSARIAL ? 2000 : 20_000;
        for (int i = 0; i < 60_000; i++) {
            long key = ids.of.applyAsLong(random.nextInt(universe));
            if (random.nextInt(3) > 0) {
                int value = random.nextInt(Integer.MAX_VALUE);
                index.put(key, value);
                expected.put(key, value);
            }
            assertThat(index.get(key)).isEqualTo(expected.getOrDefault(key, -1));
            if (i % 20_011 == 20_010) {
                index.clear();
                expected.clear();
            }
        }
        for (int i = 0; i < universe; i++) {
            long key = ids.of.applyAsLong(i);
            assertThat(index.get(key)).isEqualTo(expected.getOrDefault(key, -1));
        }
    }

    @Test
    void nothingIsThereBeforeItIsPut() {
        LongIndex index = new LongIndex();
        for (long key : new long[] {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThat(index.get(key)).isNegative();
            index.put(key, 0);
            assertThat(index.get(key)).isZero();
        }
    }

    @Test
    void aPutReplaces() {
        LongIndex index = new LongIndex();
        for (int i = 0; i < 5000; i++) {
            index.put(7, i);
        }
        assertThat(index.get(7)).isEqualTo(4999);
        assertThat(index.get(8)).isNegative();
    }

    @Test
    void itGrowsAndForgetsAgain() {
        LongIndex index = new LongIndex();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 100_000; i++) {
                index.put(CounterRandom.mix(round, i), i);
            }
            for (int i = 0; i < 100_000; i++) {
                assertThat(index.get(CounterRandom.mix(round, i))).isEqualTo(i);
                assertThat(index.get(CounterRandom.mix(round + 1, i))).isNegative();
            }
            index.clear();
        }
    }
}
