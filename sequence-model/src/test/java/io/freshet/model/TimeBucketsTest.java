package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.JaggedLayout;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buckets are those of the formula, on both sides of every border, and a sequence's are those of its pairs. */
class TimeBucketsTest {
    private static final int BUCKETS = 72;

    /** Whether a difference has reached bucket {@code b}: {@code seconds >= e^(0.301 b)}. */
    private static boolean reached(int b, long millis) {
        BigDecimal border = new BigDecimal(StrictMath.exp(b * 0.301)).multiply(BigDecimal.valueOf(1000));
        return BigDecimal.valueOf(millis).compareTo(border) >= 0;
    }

    private static int byDefinition(int count, long difference) {
        if (difference == Long.MIN_VALUE) {
            return byDefinition(count, Long.MAX_VALUE);
        }
        int bucket = 0;
        while (bucket + 1 < count && reached(bucket + 1, Math.abs(difference))) {
            bucket++;
        }
        return bucket;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 72, 128})
    void bordersAreWhereTheFormulaHasThem(int count) {
        TimeBuckets buckets = new TimeBuckets(count);
        for (int b = 1; b < Math.min(count, 80); b++) {
            long border = (long) Math.ceil(StrictMath.exp(b * 0.301) * 1000);
            for (long d = border - 2; d <= border + 2; d++) {
                assertThat(buckets.of(d)).as("%d ms", d).isEqualTo(byDefinition(count, d));
            }
        }
        SplittableRandom random = new SplittableRandom(31);
        for (int n = 0; n < 2000; n++) {
            long d = random.nextLong() >>> 12 + random.nextInt(52);
            assertThat(buckets.of(d)).as("%d ms", d).isEqualTo(byDefinition(count, d));
        }
    }

    @Test
    void underASecondIsTheFirstBucketAndTheSignDoesNotMatter() {
        TimeBuckets buckets = new TimeBuckets(BUCKETS);
        assertThat(buckets.of(0)).isZero();
        assertThat(buckets.of(999)).isZero();
        assertThat(buckets.of(1000)).isZero();
        assertThat(buckets.of(1352)).isEqualTo(1);
        for (long d : new long[] {1, 1500, 86_400_000L, 1L << 60}) {
            assertThat(buckets.of(-d)).isEqualTo(buckets.of(d));
        }
    }

    @Test
    void theLongestDifferencesAreInTheLastBucketThereIs() {
        for (int count : new int[] {1, 2, 72}) {
            TimeBuckets buckets = new TimeBuckets(count);
            long longest = 9_000_000_000_000_000L;
            assertThat(buckets.of(longest))
                    .isEqualTo(byDefinition(count, longest))
                    .isLessThan(count);
            assertThat(buckets.of(Long.MAX_VALUE)).isBetween(0, count - 1);
            assertThat(buckets.of(Long.MIN_VALUE)).isBetween(0, count - 1);
        }
    }

    /** Later is never a lower bucket: a border that a table misplaces would show as a step down. */
    @Test
    void bucketsNeverFall() {
        TimeBuckets buckets = new TimeBuckets(BUCKETS);
        int last = 0;
        for (double d = 1; d < 1e15; d *= 1.0009) {
            int bucket = buckets.of((long) d);
            assertThat(bucket).as("%s ms", d).isBetween(last, last + 1);
            last = bucket;
        }
    }

    /** Of a row and a key: the row's following event less the key's time, whether times are in order or not. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 31, 32, 33, 64, 65, 100})
    void aSequenceHasTheBucketsOfItsPairs(int n) {
        TimeBuckets buckets = new TimeBuckets(BUCKETS);
        SplittableRandom random = new SplittableRandom(n);
        for (boolean ordered : new boolean[] {true, false}) {
            long[] times = new long[n + 1];
            long now = 1_700_000_000_000L;
            for (int i = 0; i <= n; i++) {
                now += (long) Math.exp(random.nextDouble() * 20);
                times[i] = ordered ? now : now - random.nextLong(5_000_000);
            }
            JaggedLayout layout = new JaggedLayout(2, 1);
            layout.clear();
            layout.add(7);
            int b = layout.add(n);
            buckets.fill(times, n, layout, b);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j <= i; j++) {
                    assertThat(layout.readTimeBuckets()[layout.pair(b, i, j)] & 255)
                            .as("row %d, key %d of %d, in order: %s", i, j, n, ordered)
                            .isEqualTo(byDefinition(BUCKETS, times[i + 1] - times[j]));
                }
            }
        }
    }
}
