package io.freshet.train.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows' optimizer against its formula in float64. */
class RowOptimizerTest {
    private static final double ULP = Math.scalb(1.0, -24);

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 129})
    void aRowMovesAsTheFormulaSaysOverManySteps(int width) {
        SplittableRandom random = new SplittableRandom(width);
        float rate = 0.15f;
        float decay = 0.97f;
        RowOptimizer optimizer = new RowOptimizer(rate, decay);
        int offset = 3;
        float[] row = new float[width + 8];
        double[] expected = new double[width];
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) random.nextDouble(-1, 1);
        }
        float[] before = row.clone();
        for (int i = 0; i < width; i++) {
            expected[i] = row[offset + i];
        }
        float moment = 0;
        double v = 0;
        for (int step = 1; step <= 200; step++) {
            long missed = 1 + random.nextInt(20);
            float[] gradient = new float[row.length];
            double squares = 0;
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = (float) (random.nextDouble(-1, 1) * Math.pow(10, random.nextInt(-4, 2)));
            }
            for (int i = offset; i < offset + width; i++) {
                squares += (double) gradient[i] * gradient[i];
            }
            moment = optimizer.update(row, gradient, offset, width, moment, missed);
            v = v * Math.pow(decay, missed) + squares / width;
            for (int i = 0; i < width; i++) {
                expected[i] -= rate * gradient[offset + i] / (Math.sqrt(v) + 1e-8);
                // A step rounds the factor, the product and the difference.
                double slack = step * 4 * ULP * (1 + Math.abs(expected[i]));
                assertThat((double) row[offset + i]).isCloseTo(expected[i], within(slack));
            }
            assertThat((double) moment).isCloseTo(v, within(v * ULP * 2 * step));
        }
        for (int i = 0; i < row.length; i++) {
            if (i < offset || i >= offset + width) {
                assertThat(row[i]).as("beside the row").isEqualTo(before[i]);
            }
        }
    }

    @Test
    void theFirstStepOfARowIsItsRateInTheDirectionOfAnEvenGradient() {
        float[] row = {1f, 1f};
        new RowOptimizer(0.25f, 0.999f).update(row, new float[] {1e-3f, -1e-3f}, 0, 2, 0f, 1);
        assertThat(row[0]).isCloseTo(0.75f, within(1e-4f));
        assertThat(row[1]).isCloseTo(1.25f, within(1e-4f));
    }

    /** A second moment that never fell would freeze a row; missed steps let it fall. */
    @Test
    void aRowThatRestedLearnsFasterAgain() {
        float[] busy = {0f};
        float[] rested = {0f};
        RowOptimizer optimizer = new RowOptimizer(0.1f, 0.99f);
        float after = optimizer.update(busy, new float[] {1f}, 0, 1, 100f, 1);
        float afterRest = optimizer.update(rested, new float[] {1f}, 0, 1, 100f, 1000);
        assertThat(afterRest).isLessThan(after);
        assertThat(-rested[0]).isGreaterThan(-busy[0] * 5);
    }

    @Test
    void aTinyGradientDividesByNoZero() {
        float[] row = {0.5f, -0.5f};
        float moment = new RowOptimizer(0.1f, 0.9f).update(row, new float[] {1e-30f, 0f}, 0, 2, 0f, 1_000_000);
        assertThat(moment).isZero();
        assertThat(row).containsExactly(0.5f, -0.5f);
    }
}
