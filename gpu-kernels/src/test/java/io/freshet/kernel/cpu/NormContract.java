package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.NormWeights;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layer norm, gated norm and unit length, forward and backward. */
abstract class NormContract extends DeviceContract {
    private static final float EPSILON = 1e-5f;
    private static final int[] ROWS = {0, 1, 5, 33};

    NormContract(TestedDevice tested) {
        super(tested);
    }

    /** One call's inputs, and what float32 and float64 make of them. */
    private final class Norm {
        final int rows;
        final int width;
        final float[] x;
        final float[] gamma;
        final float[] beta;
        final float[] projected;
        final float[] dy;
        final float[] before;
        final float[] dGammaBefore;
        final float[] dBetaBefore;

        Norm(int rows, int width) {
            this.rows = rows;
            this.width = width;
            x = values(rows * width);
            gamma = values(width);
            beta = values(width);
            projected = values(rows * 4 * width);
            dy = values(rows * width);
            before = values(rows * width);
            dGammaBefore = values(width);
            dBetaBefore = values(width);
        }

        NormWeights weights() {
            return new NormWeights(width, EPSILON, on(gamma), on(beta));
        }

        NormWeights gradients() {
            return new NormWeights(width, EPSILON, on(dGammaBefore), on(dBetaBefore));
        }

        double gate(int r, int i) {
            return projected[r * 4 * width + i];
        }

        /** Mean and {@code 1 / sqrt(variance + epsilon)} of every row. */
        double[] stats(Arithmetic a) {
            double[] stats = new double[2 * rows];
            for (int r = 0; r < rows; r++) {
                double sum = 0;
                for (int i = 0; i < width; i++) {
                    sum = a.add(sum, x[r * width + i]);
                }
                double mean = a.div(sum, width);
                double squares = 0;
                for (int i = 0; i < width; i++) {
                    double off = a.sub(x[r * width + i], mean);
                    squares = a.madd(squares, off, off);
                }
                stats[2 * r] = mean;
                stats[2 * r + 1] = a.div(1, a.sqrt(a.add(a.div(squares, width), EPSILON)));
            }
            return stats;
        }

        double unit(Arithmetic a, double[] stats, int r, int i) {
            return a.mul(a.sub(x[r * width + i], stats[2 * r]), stats[2 * r + 1]);
        }

        double[] y(Arithmetic a, boolean gated) {
            double[] stats = stats(a);
            double[] y = new double[rows * width];
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < width; i++) {
                    double value = a.add(a.mul(unit(a, stats, r, i), gamma[i]), beta[i]);
                    y[r * width + i] = gated ? a.mul(value, gate(r, i)) : value;
                }
            }
            return y;
        }

        /** Gradient of the norm's output: that of the call, or the gate's share of it. */
        double dNorm(Arithmetic a, boolean gated, int r, int i) {
            return gated ? a.mul(dy[r * width + i], gate(r, i)) : dy[r * width + i];
        }

        double[] dx(Arithmetic a, boolean gated) {
            double[] stats = stats(a);
            double[] dx = gated ? new double[rows * width] : wide(before);
            for (int r = 0; r < rows; r++) {
                double sum = 0;
                double along = 0;
                for (int i = 0; i < width; i++) {
                    double g = a.mul(dNorm(a, gated, r, i), gamma[i]);
                    sum = a.add(sum, g);
                    along = a.madd(along, g, unit(a, stats, r, i));
                }
                for (int i = 0; i < width; i++) {
                    double g = a.mul(dNorm(a, gated, r, i), gamma[i]);
                    double off = a.mul(unit(a, stats, r, i), a.div(along, width));
                    double d = a.mul(stats[2 * r + 1], a.sub(a.sub(g, a.div(sum, width)), off));
                    dx[r * width + i] = a.add(dx[r * width + i], d);
                }
            }
            return dx;
        }

        double[] dGamma(Arithmetic a, boolean gated) {
            double[] stats = stats(a);
            double[] d = wide(dGammaBefore);
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < width; i++) {
                    d[i] = a.madd(d[i], dNorm(a, gated, r, i), unit(a, stats, r, i));
                }
            }
            return d;
        }

        double[] dBeta(Arithmetic a, boolean gated) {
            double[] d = wide(dBetaBefore);
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < width; i++) {
                    d[i] = a.add(d[i], dNorm(a, gated, r, i));
                }
            }
            return d;
        }

        /** The gate's gradient, and what stood there in the rest. */
        double[] dProjected(Arithmetic a, float[] rest) {
            double[] y = y(a, false);
            double[] d = wide(rest);
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < width; i++) {
                    d[r * 4 * width + i] = a.mul(dy[r * width + i], y[r * width + i]);
                }
            }
            return d;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 31, 32, 33, 64, 207, 1021})
    void normsAreAsExactAsFloat32(int width) {
        for (int rows : ROWS) {
            Accuracy accuracy = new Accuracy(rows + " rows of " + width);
            for (int trial = 0; trial < trials(rows * width); trial++) {
                Norm n = new Norm(rows, width);
                Floats y = overwritten(rows * width);
                Floats stats = overwritten(2 * rows);
                kernels.layerNorm(rows, n.weights(), on(n.x), y, stats);
                accuracy.forward("y", host(y), n.y(Arithmetic.FLOAT64, false), n.y(Arithmetic.FLOAT32, false));
                accuracy.forward("stats", host(stats), n.stats(Arithmetic.FLOAT64), n.stats(Arithmetic.FLOAT32));
                Floats g = overwritten(rows * width);
                Floats gateStats = overwritten(2 * rows);
                kernels.gatedNorm(rows, n.weights(), on(n.x), on(n.projected), g, gateStats);
                accuracy.forward("gated", host(g), n.y(Arithmetic.FLOAT64, true), n.y(Arithmetic.FLOAT32, true));
                assertThat(host(gateStats)).isEqualTo(host(stats));
            }
            accuracy.check();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 31, 32, 33, 64, 207, 1021})
    void layerNormGradientsAreAsExactAsFloat32AndAreAdded(int width) {
        for (int rows : ROWS) {
            Accuracy accuracy = new Accuracy("gradients of " + rows + " rows of " + width);
            for (int trial = 0; trial < trials(rows * width); trial++) {
                Norm n = new Norm(rows, width);
                Floats stats = overwritten(2 * rows);
                kernels.layerNorm(rows, n.weights(), on(n.x), overwritten(rows * width), stats);
                NormWeights grad = n.gradients();
                Floats dx = on(n.before);
                kernels.layerNormBackward(
                        new Kernels.LayerNormGrad(rows, n.weights(), grad, on(n.x), stats, on(n.dy), dx));
                accuracy.backward("dx", host(dx), n.dx(Arithmetic.FLOAT64, false), n.dx(Arithmetic.FLOAT32, false));
                compareTables(accuracy, n, grad, false);
            }
            accuracy.check();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 31, 32, 33, 64, 207, 1021})
    void gatedNormGradientsAreAsExactAsFloat32AndLeaveTheRestOfTheProjection(int width) {
        for (int rows : ROWS) {
            Accuracy accuracy = new Accuracy("gated gradients of " + rows + " rows of " + width);
            for (int trial = 0; trial < trials(rows * width); trial++) {
                Norm n = new Norm(rows, width);
                Floats stats = overwritten(2 * rows);
                kernels.gatedNorm(rows, n.weights(), on(n.x), on(n.projected), overwritten(rows * width), stats);
                NormWeights grad = n.gradients();
                Floats dO = overwritten(rows * width);
                float[] rest = values(rows * 4 * width);
                Floats dProjected = on(rest);
                kernels.gatedNormBackward(new Kernels.GatedNormGrad(
                        rows, n.weights(), grad, on(n.x), on(n.projected), stats, on(n.dy), dO, dProjected));
                accuracy.backward("dO", host(dO), n.dx(Arithmetic.FLOAT64, true), n.dx(Arithmetic.FLOAT32, true));
                compareTables(accuracy, n, grad, true);
                double[] truth = n.dProjected(Arithmetic.FLOAT64, rest);
                accuracy.backward("dU", host(dProjected), truth, n.dProjected(Arithmetic.FLOAT32, rest));
                assertThat(behindU(host(dProjected), width)).isEqualTo(behindU(rest, width));
            }
            accuracy.check();
        }
    }

    /** The values with the U part of every row left out. */
    private static float[] behindU(float[] projected, int width) {
        float[] rest = projected.clone();
        for (int at = 0; at < rest.length; at += 4 * width) {
            Arrays.fill(rest, at, at + width, 0f);
        }
        return rest;
    }

    private static void compareTables(Accuracy accuracy, Norm n, NormWeights grad, boolean gated) {
        accuracy.backward(
                "dGamma", host(grad.gamma()), n.dGamma(Arithmetic.FLOAT64, gated), n.dGamma(Arithmetic.FLOAT32, gated));
        accuracy.backward(
                "dBeta", host(grad.beta()), n.dBeta(Arithmetic.FLOAT64, gated), n.dBeta(Arithmetic.FLOAT32, gated));
    }

    @Test
    void aRowOfEqualValuesIsTheShift() {
        float[] x = new float[3 * 33];
        Arrays.fill(x, 0.5f);
        float[] beta = values(33);
        Floats y = overwritten(x.length);
        kernels.layerNorm(3, new NormWeights(33, EPSILON, on(values(33)), on(beta)), on(x), y, overwritten(6));
        for (int i = 0; i < x.length; i++) {
            assertThat(host(y)[i]).isEqualTo(beta[i % 33]);
        }
    }

    private static double[] inverseNorms(Arithmetic a, int rows, int width, float[] x) {
        double[] inverse = new double[rows];
        for (int r = 0; r < rows; r++) {
            double norm = a.sqrt(a.dot(width, x, r * width, x, r * width));
            inverse[r] = a.div(1, Math.max(norm, 1e-6));
        }
        return inverse;
    }

    private static double[] normalized(Arithmetic a, int rows, int width, float[] x) {
        double[] inverse = inverseNorms(a, rows, width, x);
        double[] y = new double[rows * width];
        for (int i = 0; i < y.length; i++) {
            y[i] = a.mul(x[i], inverse[i / width]);
        }
        return y;
    }

    /** {@code dx + (dy - y <y, dy>) * inverse}. */
    private static double[] dNormalized(Arithmetic a, int width, float[] x, float[] dy, float[] before) {
        int rows = x.length / width;
        double[] inverse = inverseNorms(a, rows, width, x);
        double[] y = normalized(a, rows, width, x);
        double[] dx = wide(before);
        for (int r = 0; r < rows; r++) {
            double along = 0;
            for (int i = r * width; i < (r + 1) * width; i++) {
                along = a.madd(along, y[i], dy[i]);
            }
            for (int i = r * width; i < (r + 1) * width; i++) {
                dx[i] = a.madd(dx[i], a.sub(dy[i], a.mul(y[i], along)), inverse[r]);
            }
        }
        return dx;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 31, 32, 33, 207, 1021})
    void unitLengthAndItsGradientAreAsExactAsFloat32(int width) {
        for (int rows : ROWS) {
            Accuracy accuracy = new Accuracy(rows + " rows of " + width + " to unit length");
            for (int trial = 0; trial < trials(rows * width); trial++) {
                float[] x = values(rows * width);
                float[] dy = values(rows * width);
                float[] before = values(rows * width);
                Floats y = overwritten(x.length);
                Floats inverse = overwritten(rows);
                kernels.l2Normalize(rows, width, on(x), y, inverse);
                Floats dx = on(before);
                kernels.l2NormalizeBackward(new Kernels.L2NormGrad(rows, width, y, inverse, on(dy), dx));
                accuracy.forward(
                        "y",
                        host(y),
                        normalized(Arithmetic.FLOAT64, rows, width, x),
                        normalized(Arithmetic.FLOAT32, rows, width, x));
                accuracy.forward(
                        "inverse norm",
                        host(inverse),
                        inverseNorms(Arithmetic.FLOAT64, rows, width, x),
                        inverseNorms(Arithmetic.FLOAT32, rows, width, x));
                accuracy.backward(
                        "dx",
                        host(dx),
                        dNormalized(Arithmetic.FLOAT64, width, x, dy, before),
                        dNormalized(Arithmetic.FLOAT32, width, x, dy, before));
                for (double inverseNorm : inverseNorms(Arithmetic.FLOAT64, rows, width, x)) {
                    accuracy.differenceOf("dx", inverseNorm);
                }
            }
            accuracy.check();
        }
    }

    @Test
    void aRowOfNothingStaysNothing() {
        Floats y = overwritten(2 * 13);
        Floats inverse = overwritten(2);
        kernels.l2Normalize(2, 13, on(new float[26]), y, inverse);
        assertThat(host(y)).containsOnly(0f);
        assertThat(host(inverse)).containsOnly(1f / 1e-6f);
    }
}
