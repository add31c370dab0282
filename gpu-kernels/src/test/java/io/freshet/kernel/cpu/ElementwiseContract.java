package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.AdamStep;
import java.math.BigDecimal;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators on single values, sums over them, and the optimizer. */
abstract class ElementwiseContract extends DeviceContract {
    ElementwiseContract(TestedDevice tested) {
        super(tested);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void siluBackwardIsAsExactAsFloat32AndMayBeInPlace(int count) {
        Accuracy accuracy = new Accuracy(count + " values");
        for (int trial = 0; trial < trials(count); trial++) {
            float[] z = values(count);
            float[] da = values(count);
            double[] truth = new double[count];
            double[] plain = new double[count];
            for (int i = 0; i < count; i++) {
                z[i] *= 8;
                truth[i] = Arithmetic.FLOAT64.siluSlope(z[i]) * da[i];
                plain[i] = Arithmetic.FLOAT32.mul(Arithmetic.FLOAT32.siluSlope(z[i]), da[i]);
            }
            Floats dz = overwritten(count);
            kernels.siluBackward(count, on(z), on(da), dz);
            accuracy.backward("dz", host(dz), truth, plain);
            Floats inPlace = on(da);
            kernels.siluBackward(count, on(z), inPlace, inPlace);
            assertThat(host(inPlace)).isEqualTo(host(dz));
        }
        accuracy.check();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void dropoutIsTheMaskOfItsKeyInBothDirections(int count) {
        Dropout mask = new Dropout(0.3f, 0x123456789abcdefL);
        float[] x = values(count);
        float[] kept = new float[count];
        for (int i = 0; i < count; i++) {
            kept[i] = x[i] * mask.factor(i);
        }
        Floats forward = on(x);
        kernels.dropout(mask, count, forward);
        assertThat(host(forward)).isEqualTo(kept);
        float[] ones = new float[count];
        Arrays.fill(ones, 1f);
        Floats backward = on(ones);
        kernels.dropout(mask, count, backward);
        for (int i = 0; i < count; i++) {
            float factor = host(backward)[i];
            assertThat(factor).as("factor %d", i).isIn(0f, 1f / (1f - 0.3f));
            assertThat(host(forward)[i]).isEqualTo(x[i] * factor);
        }
    }

    @Test
    void noDropoutChangesNoBit() {
        float[] x = {-0f, 1e-44f, Float.POSITIVE_INFINITY, 3f};
        Floats block = on(x);
        kernels.dropout(Dropout.NONE, x.length, block);
        for (int i = 0; i < x.length; i++) {
            assertThat(Float.floatToRawIntBits(host(block)[i])).isEqualTo(Float.floatToRawIntBits(x[i]));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void addScaledIsAsExactAsFloat32(int count) {
        Accuracy accuracy = new Accuracy(count + " values");
        Arithmetic p = Arithmetic.FLOAT32;
        for (int trial = 0; trial < trials(count); trial++) {
            float[] x = values(count);
            float[] y = values(count);
            double[][] sum = new double[2][count];
            for (int i = 0; i < count; i++) {
                sum[0][i] = (double) y[i] + (double) 0.37f * x[i];
                sum[1][i] = p.madd(y[i], 0.37f, x[i]);
            }
            Floats summed = on(y);
            kernels.addScaled(count, 0.37f, on(x), summed);
            accuracy.forward("y + 0.37 x", host(summed), sum[0], sum[1]);
        }
        accuracy.check();
    }

    /** As far off as float64 sums in any order may be: {@code n} roundings of the sum of sizes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 13, 31, 32, 33, 207, 1021})
    void dotAndSumOfSquaresAreSumsInFloat64(int count) {
        float[] x = values(count);
        float[] y = values(count);
        BigDecimal dot = BigDecimal.ZERO;
        BigDecimal squares = BigDecimal.ZERO;
        double sizes = 0;
        for (int i = 0; i < count; i++) {
            dot = dot.add(new BigDecimal(x[i]).multiply(new BigDecimal(y[i])));
            squares = squares.add(new BigDecimal(x[i]).pow(2));
            sizes += Math.abs((double) x[i] * y[i]) + (double) x[i] * x[i];
        }
        double allowed = count * 0x1p-53 * sizes;
        assertThat(Math.abs(kernels.dot(count, on(x), on(y)) - dot.doubleValue()))
                .isLessThanOrEqualTo(allowed);
        assertThat(Math.abs(kernels.sumOfSquares(count, on(x)) - squares.doubleValue()))
                .isLessThanOrEqualTo(allowed);
    }

    @Test
    void sumsDoNotOverflowOrVanishWhereFloat32Would() {
        float[] large = new float[33];
        Arrays.fill(large, 1e30f);
        assertThat(kernels.sumOfSquares(33, on(large))).isBetween(32.99e60, 33.01e60);
        float[] x = {1e8f, 1f, -1e8f, 1f, 1e8f, 1f, -1e8f, 1f};
        float[] ones = new float[8];
        Arrays.fill(ones, 1f);
        assertThat(kernels.dot(8, on(x), on(ones))).isEqualTo(4.0);
    }

    @Test
    void oneValueThatIsNoNumberShowsInTheSumOfSquares() {
        for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int at : new int[] {0, 1, 17, 31, 32}) {
                float[] x = values(33);
                x[at] = odd;
                assertThat(Double.isFinite(kernels.sumOfSquares(33, on(x)))).isFalse();
            }
        }
    }

    /** Weights and moments after steps that follow each other: what one step leaves, the next one takes. */
    private static final class Adam {
        final double[] w;
        final double[] m;
        final double[] v;

        Adam(float[] w, float[] m, float[] v) {
            this.w = wide(w);
            this.m = wide(m);
            this.v = wide(v);
        }

        void step(Arithmetic a, AdamStep s, float[] grad) {
            double first = a.div(1, a.round(1 - Math.pow(s.beta1(), s.step())));
            double second = a.div(1, a.round(1 - Math.pow(s.beta2(), s.step())));
            double keep = a.sub(1, a.mul(s.learningRate(), s.weightDecay()));
            for (int i = 0; i < w.length; i++) {
                m[i] = a.madd(a.mul(m[i], s.beta1()), grad[i], a.sub(1, s.beta1()));
                v[i] = a.madd(a.mul(v[i], s.beta2()), a.mul(grad[i], grad[i]), a.sub(1, s.beta2()));
                double root = a.add(a.sqrt(a.mul(v[i], second)), s.epsilon());
                double update = a.div(a.mul(m[i], first), root);
                w[i] = a.sub(a.mul(w[i], keep), a.mul(update, s.learningRate()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void adamWIsAsExactAsFloat32OverThreeSteps(int count) {
        Accuracy accuracy = new Accuracy("AdamW of " + count + " values");
        for (int trial = 0; trial < trials(count); trial++) {
            float[] w = values(count);
            Adam truth = new Adam(w, new float[count], new float[count]);
            Adam plain = new Adam(w, new float[count], new float[count]);
            Kernels.AdamState state = new Kernels.AdamState(on(w), on(new float[count]), on(new float[count]));
            for (int step = 1; step <= 3; step++) {
                AdamStep s = new AdamStep(0.01f, 0.9f, 0.98f, 1e-8f, 0.1f, step);
                float[] grad = values(count);
                Floats read = on(grad);
                kernels.adamW(s, count, state, read);
                assertThat(host(read)).as("gradients are read only").isEqualTo(grad);
                truth.step(Arithmetic.FLOAT64, s, grad);
                plain.step(Arithmetic.FLOAT32, s, grad);
            }
            accuracy.backward("weights", host(state.weights()), truth.w, plain.w);
            accuracy.backward("first moments", host(state.first()), truth.m, plain.m);
            accuracy.backward("second moments", host(state.second()), truth.v, plain.v);
        }
        accuracy.check();
    }

    /** The first step is as long as the learning rate, whatever the gradient's size: the bias correction's purpose. */
    @Test
    void adamsFirstStepIsTheLearningRate() {
        Kernels.AdamState state = new Kernels.AdamState(on(1f, -2f), on(0f, 0f), on(0f, 0f));
        kernels.adamW(new AdamStep(0.1f, 0.9f, 0.98f, 1e-8f, 0f, 1), 2, state, on(0.5f, -3e3f));
        assertThat(host(state.weights())[0]).isBetween(0.899999f, 0.900001f);
        assertThat(host(state.weights())[1]).isBetween(-1.900001f, -1.899999f);
    }

    @Test
    void weightDecayWorksWithoutAGradient() {
        Kernels.AdamState state = new Kernels.AdamState(on(4f), on(0f), on(0f));
        kernels.adamW(new AdamStep(0.5f, 0.9f, 0.98f, 1e-8f, 0.25f, 9), 1, state, on(0f));
        assertThat(host(state.weights())).containsExactly(3.5f);
    }
}
