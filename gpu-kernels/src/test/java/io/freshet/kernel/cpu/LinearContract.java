package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Floats;
import io.freshet.kernel.LinearWeights;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Linear layers, forward and backward. */
abstract class LinearContract extends DeviceContract {
    /** Inputs and outputs of layers: none of one width, and around the edges of vectors and panels. */
    private static final int[][] LAYERS = {{13, 1}, {1, 16}, {32, 33}, {33, 64}, {13, 71}};

    LinearContract(TestedDevice tested) {
        super(tested);
    }

    /** One layer's inputs, and what float32 and float64 make of them. */
    private final class Layer {
        final int rows;
        final int in;
        final int out;
        final float[] x;
        final float[] matrix;
        final float[] bias;
        final float[] residual;
        final float[] dy;
        final float[] matrixBefore;
        final float[] biasBefore;

        Layer(int rows, int in, int out) {
            this.rows = rows;
            this.in = in;
            this.out = out;
            x = values(rows * in);
            matrix = values(in * out);
            bias = values(out);
            residual = values(rows * out);
            dy = values(rows * out);
            matrixBefore = values(in * out);
            biasBefore = values(out);
        }

        LinearWeights weights() {
            return new LinearWeights(in, out, on(matrix), on(bias));
        }

        double[] y(Arithmetic a, boolean withResidual) {
            double[] y = new double[rows * out];
            for (int r = 0; r < rows; r++) {
                for (int o = 0; o < out; o++) {
                    double sum = withResidual ? a.add(bias[o], residual[r * out + o]) : bias[o];
                    for (int i = 0; i < in; i++) {
                        sum = a.madd(sum, x[r * in + i], matrix[i * out + o]);
                    }
                    y[r * out + o] = sum;
                }
            }
            return y;
        }

        double[] activated(Arithmetic a) {
            return Arrays.stream(y(a, false)).map(a::silu).toArray();
        }

        double[] dx(Arithmetic a) {
            double[] dx = new double[rows * in];
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < in; i++) {
                    dx[r * in + i] = a.dot(out, dy, r * out, matrix, i * out);
                }
            }
            return dx;
        }

        double[] dMatrix(Arithmetic a) {
            double[] d = wide(matrixBefore);
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < in; i++) {
                    for (int o = 0; o < out; o++) {
                        d[i * out + o] = a.madd(d[i * out + o], x[r * in + i], dy[r * out + o]);
                    }
                }
            }
            return d;
        }

        double[] dBias(Arithmetic a) {
            double[] d = wide(biasBefore);
            for (int i = 0; i < rows * out; i++) {
                d[i % out] = a.add(d[i % out], dy[i]);
            }
            return d;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void productsAreAsExactAsFloat32(int rows) {
        for (int[] layer : LAYERS) {
            Accuracy accuracy = new Accuracy(rows + " rows of " + layer[0] + " to " + layer[1]);
            for (int trial = 0; trial < trials(rows); trial++) {
                Layer l = new Layer(rows, layer[0], layer[1]);
                Floats y = overwritten(rows * l.out);
                kernels.linear(rows, l.weights(), on(l.x), null, y);
                accuracy.forward("y", host(y), l.y(Arithmetic.FLOAT64, false), l.y(Arithmetic.FLOAT32, false));
                Floats sum = overwritten(rows * l.out);
                kernels.linear(rows, l.weights(), on(l.x), on(l.residual), sum);
                accuracy.forward(
                        "y + residual", host(sum), l.y(Arithmetic.FLOAT64, true), l.y(Arithmetic.FLOAT32, true));
                Floats z = overwritten(rows * l.out);
                Floats silu = overwritten(rows * l.out);
                kernels.linearSilu(rows, l.weights(), on(l.x), z, silu);
                accuracy.forward("z", host(z), l.y(Arithmetic.FLOAT64, false), l.y(Arithmetic.FLOAT32, false));
                accuracy.forward(
                        "SiLU(z)", host(silu), l.activated(Arithmetic.FLOAT64), l.activated(Arithmetic.FLOAT32));
            }
            accuracy.check();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void gradientsAreAsExactAsFloat32AndThoseOfWeightsAreAdded(int rows) {
        for (int[] layer : LAYERS) {
            Accuracy accuracy = new Accuracy("gradients of " + rows + " rows of " + layer[0] + " to " + layer[1]);
            for (int trial = 0; trial < trials(rows); trial++) {
                Layer l = new Layer(rows, layer[0], layer[1]);
                LinearWeights grad = new LinearWeights(l.in, l.out, on(l.matrixBefore), on(l.biasBefore));
                Floats dx = overwritten(rows * l.in);
                kernels.linearBackward(rows, l.weights(), grad, on(l.x), on(l.dy), dx);
                accuracy.backward("dx", host(dx), l.dx(Arithmetic.FLOAT64), l.dx(Arithmetic.FLOAT32));
                accuracy.backward(
                        "dMatrix", host(grad.matrix()), l.dMatrix(Arithmetic.FLOAT64), l.dMatrix(Arithmetic.FLOAT32));
                accuracy.backward("dBias", host(grad.bias()), l.dBias(Arithmetic.FLOAT64), l.dBias(Arithmetic.FLOAT32));
            }
            accuracy.check();
        }
    }

    @Test
    void theResidualMayBeTheResult() {
        for (int rows : new int[] {1, 13, 33}) {
            Layer l = new Layer(rows, 33, 71);
            Floats apart = overwritten(rows * l.out);
            kernels.linear(rows, l.weights(), on(l.x), on(l.residual), apart);
            Floats inPlace = on(l.residual);
            kernels.linear(rows, l.weights(), on(l.x), inPlace, inPlace);
            assertThat(host(inPlace)).isEqualTo(host(apart));
        }
    }

    /** A block may be longer than the call needs: what stands behind the rows is not the call's. */
    @Test
    void rowsBehindTheCountStayAsTheyWere() {
        Layer l = new Layer(33, 13, 16);
        Floats y = on(l.residual);
        kernels.linear(5, l.weights(), on(l.x), null, y);
        assertThat(Arrays.copyOfRange(host(y), 5 * 16, 33 * 16))
                .isEqualTo(Arrays.copyOfRange(l.residual, 5 * 16, 33 * 16));
    }

    /** From where SiLU is nothing to where it is the identity: the error is held at each size of value on its own. */
    @Test
    void siluIsAsExactAsFloat32OverItsWholeRange() {
        LinearWeights identity = new LinearWeights(1, 1, on(1f), on(0f));
        for (int decade = -24; decade <= 6; decade++) {
            float[] z = new float[601];
            for (int i = 0; i < z.length; i++) {
                z[i] = tested.value(Math.scalb((i - 300) / 300.0, decade));
            }
            Floats pre = overwritten(z.length);
            Floats post = overwritten(z.length);
            kernels.linearSilu(z.length, identity, on(z), pre, post);
            float[] ones = new float[z.length];
            Arrays.fill(ones, 1f);
            Floats slope = overwritten(z.length);
            kernels.siluBackward(z.length, on(z), on(ones), slope);
            Accuracy accuracy = new Accuracy("values up to 2^" + decade);
            accuracy.forward("SiLU", host(post), each(z, Arithmetic.FLOAT64::silu), each(z, Arithmetic.FLOAT32::silu));
            accuracy.backward(
                    "its slope",
                    host(slope),
                    each(z, Arithmetic.FLOAT64::siluSlope),
                    each(z, Arithmetic.FLOAT32::siluSlope));
            accuracy.check();
            assertThat(host(pre)).isEqualTo(z);
        }
    }

    private static double[] each(float[] z, DoubleUnaryOperator f) {
        return Arrays.stream(wide(z)).map(f).toArray();
    }

    /** Compiled code takes over from interpreted code during these calls. */
    @Test
    void everyCallGivesTheSameBits() {
        LinearWeights weights = new LinearWeights(64, 256, on(values(64 * 256)), on(values(256)));
        Floats x = on(values(207 * 64));
        Floats z = overwritten(207 * 256);
        Floats a = overwritten(207 * 256);
        kernels.linearSilu(207, weights, x, z, a);
        float[] first = host(a);
        for (int call = 1; call < 200; call++) {
            kernels.linearSilu(207, weights, x, z, a);
            assertThat(Arrays.equals(host(a), first)).as("call %d", call).isTrue();
        }
    }
}
