package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.SampledSoftmaxShape;
import io.freshet.kernel.SoftmaxAttentionShape;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Operators of training in epochs, on every CPU device, against float64 arithmetic written down independently. */
class EpochKernelsTest {
    private final SplittableRandom random = new SplittableRandom(21);

    static Stream<KernelProvider> devices() {
        return Stream.of(CpuDevices.scalar(), CpuDevices.vector());
    }

    private float[] values(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return x;
    }

    private static Floats on(Device device, float[] x) {
        Floats block = device.floats(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    private static float[] host(Floats block) {
        float[] x = new float[block.length()];
        block.download(0, x, 0, x.length);
        return x;
    }

    @ParameterizedTest
    @MethodSource("devices")
    void sampledSoftmaxIsCrossEntropyOverEachRowsOwnCandidates(KernelProvider provider) {
        int rows = 11;
        int negatives = 6;
        int items = 9;
        int d = 21;
        int c = negatives + 1;
        float[] y = values(rows * d);
        float[] e = values(items * d);
        int[] candidates = new int[rows * c];
        for (int i = 0; i < candidates.length; i++) {
            candidates[i] = random.nextInt(items);
        }
        double[] dY = new double[y.length];
        double[] dE = new double[e.length];
        double[] loss = new double[rows];
        for (int i = 0; i < rows; i++) {
            double[] p = new double[c];
            double sum = 0;
            for (int j = 0; j < c; j++) {
                double dot = 0;
                for (int x = 0; x < d; x++) {
                    dot += (double) y[i * d + x] * e[candidates[i * c + j] * d + x];
                }
                boolean collides = j > 0 && candidates[i * c + j] == candidates[i * c];
                p[j] = collides ? 0 : Math.exp(3 * dot);
                sum += p[j];
            }
            loss[i] = -Math.log(p[0] / sum);
            for (int j = 0; j < c; j++) {
                double g = 0.25 * 3 * (p[j] / sum - (j == 0 ? 1 : 0));
                for (int x = 0; x < d; x++) {
                    dY[i * d + x] += g * e[candidates[i * c + j] * d + x];
                    dE[candidates[i * c + j] * d + x] += g * y[i * d + x];
                }
            }
        }
        try (Device device = provider.open()) {
            Ints index = device.ints(candidates.length);
            index.upload(candidates, 0, 0, candidates.length);
            Kernels.SampledSoftmaxOutput out = new Kernels.SampledSoftmaxOutput(
                    device.floats(rows), device.floats(y.length), device.floats(e.length));
            device.openKernels()
                    .sampledSoftmax(
                            new SampledSoftmaxShape(rows, negatives, d, 3f, 0.25f),
                            on(device, y),
                            on(device, e),
                            index,
                            out);
            assertClose(host(out.loss()), loss, 1e-4);
            assertClose(host(out.dY()), dY, 1e-4);
            assertClose(host(out.dE()), dE, 1e-4);
        }
    }

    private static void assertClose(float[] actual, double[] expected, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).as("value " + i).isCloseTo(expected[i], within(tolerance));
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void softmaxAttentionAndItsGradientsMatchFloat64(KernelProvider provider) {
        for (Dropout dropout : new Dropout[] {Dropout.NONE, new Dropout(0.3f, 5)}) {
            SoftmaxAttentionShape shape = new SoftmaxAttentionShape(2, 5, dropout);
            JaggedLayout layout = new JaggedLayout(2, 1);
            layout.clear();
            layout.add(3);
            layout.add(19);
            int t = layout.tokens();
            float[] q = values(t * 10);
            float[] kv = values(t * 20);
            float[] along = values(t * 10);
            try (Device device = provider.open()) {
                Kernels kernels = device.openKernels();
                Floats o = device.floats(t * 10);
                kernels.softmaxAttention(layout, shape, on(device, q), on(device, kv), o);
                assertClose(host(o), attention(layout, shape, q, kv), 1e-5);
                Floats dQ = device.floats(q.length);
                Floats dKv = device.floats(kv.length);
                kernels.softmaxAttentionBackward(new Kernels.SoftmaxAttentionGrad(
                        layout, shape, on(device, q), on(device, kv), on(device, along), dQ, dKv));
                float[] gradient = host(dQ);
                for (int i = 0; i < q.length; i += 7) {
                    double up = dot(attention(layout, shape, moved(q, i, 1e-2f), kv), along);
                    double down = dot(attention(layout, shape, moved(q, i, -1e-2f), kv), along);
                    assertThat((double) gradient[i]).isCloseTo((up - down) / 2e-2, within(1e-3));
                }
                gradient = host(dKv);
                for (int i = 0; i < kv.length; i += 7) {
                    double up = dot(attention(layout, shape, q, moved(kv, i, 1e-2f)), along);
                    double down = dot(attention(layout, shape, q, moved(kv, i, -1e-2f)), along);
                    assertThat((double) gradient[i]).isCloseTo((up - down) / 2e-2, within(1e-3));
                }
            }
        }
    }

    private static float[] moved(float[] x, int at, float by) {
        float[] copy = x.clone();
        copy[at] += by;
        return copy;
    }

    private static double dot(double[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[] attention(JaggedLayout layout, SoftmaxAttentionShape shape, float[] q, float[] kv) {
        int d = shape.headDim();
        int width = shape.width();
        double[] o = new double[layout.tokens() * width];
        for (int b = 0; b < layout.sequences(); b++) {
            for (int h = 0; h < shape.heads(); h++) {
                for (int i = 0; i < layout.length(b); i++) {
                    int row = (layout.offsets[b] + i) * width + h * d;
                    double[] p = new double[i + 1];
                    double sum = 0;
                    for (int j = 0; j <= i; j++) {
                        int key = (layout.offsets[b] + j) * 2 * width + h * d;
                        double s = 0;
                        for (int x = 0; x < d; x++) {
                            s += (double) q[row + x] * kv[key + x];
                        }
                        p[j] = Math.exp(s / Math.sqrt(d));
                        sum += p[j];
                    }
                    for (int j = 0; j <= i; j++) {
                        int value = (layout.offsets[b] + j) * 2 * width + width + h * d;
                        double weight = p[j] / sum * shape.dropout().factor(layout.pair(b, i, j) * shape.heads() + h);
                        for (int x = 0; x < d; x++) {
                            o[row + x] += weight * kv[value + x];
                        }
                    }
                }
            }
        }
        return o;
    }

    @Test
    void dropoutKeepsItsShareAndItsMean() {
        for (float rate : new float[] {0.1f, 0.5f, 0.9f}) {
            Dropout dropout = new Dropout(rate, 99).at(3);
            int kept = 0;
            double sum = 0;
            for (int i = 0; i < 100_000; i++) {
                kept += dropout.factor(i) > 0 ? 1 : 0;
                sum += dropout.factor(i);
            }
            assertThat(kept / 1e5).isCloseTo(1 - rate, within(0.01));
            assertThat(sum / 1e5).isCloseTo(1, within(0.03));
        }
        assertThat(Dropout.NONE.factor(7)).isEqualTo(1f);
    }
}
