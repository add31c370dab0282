package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.kernel.Ranking;
import io.freshet.kernel.SoftmaxOutput;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every device must compute, held against float64 arithmetic written down independently. */
abstract class KernelContractTest {
    private static final int D = 13;

    private final Device device = open();
    private final Kernels kernels = device.openKernels();
    private final SplittableRandom random = new SplittableRandom(42);

    abstract Device open();

    /** An input: a number that the device's products take as it is. */
    float value(double x) {
        return (float) x;
    }

    /** How far sums of weights may be off for the rounding of weights alone. */
    double rounding() {
        return 0;
    }

    private float[] values(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = value(random.nextDouble() * 2 - 1);
        }
        return x;
    }

    private Floats on(float... x) {
        Floats block = device.floats(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    private Ints on(int... x) {
        Ints block = device.ints(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    private static float[] host(Floats block) {
        float[] x = new float[block.length()];
        block.download(0, x, 0, x.length);
        return x;
    }

    private static void assertClose(float[] actual, double[] expected, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).as("value " + i).isCloseTo(expected[i], within(tolerance));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207})
    void linearAndItsBackwardMatchFloat64(int rows) {
        for (int out : new int[] {1, 16, 33, 64, 71}) {
            float[] x = values(rows * D);
            float[] w = values(D * out);
            float[] bias = values(out);
            float[] dy = values(rows * out);
            double[] y = new double[rows * out];
            double[] dx = new double[rows * D];
            double[] dw = new double[D * out];
            double[] db = new double[out];
            for (int r = 0; r < rows; r++) {
                for (int o = 0; o < out; o++) {
                    y[r * out + o] = bias[o];
                    db[o] += dy[r * out + o];
                    for (int i = 0; i < D; i++) {
                        y[r * out + o] += (double) x[r * D + i] * w[i * out + o];
                        dx[r * D + i] += (double) dy[r * out + o] * w[i * out + o];
                        dw[i * out + o] += (double) x[r * D + i] * dy[r * out + o];
                    }
                }
            }
            LinearWeights weights = new LinearWeights(D, out, on(w), on(bias));
            LinearWeights grad = new LinearWeights(D, out, device.floats(D * out), device.floats(out));
            Floats result = device.floats(rows * out);
            Floats dIn = device.floats(rows * D);
            kernels.linear(rows, weights, on(x), null, result);
            kernels.linearBackward(rows, weights, grad, on(x), on(dy), dIn);
            assertClose(host(result), y, 1e-5);
            assertClose(host(dIn), dx, 2e-5);
            assertClose(host(grad.matrix()), dw, 1e-4);
            assertClose(host(grad.bias()), db, 1e-4);
        }
    }

    @Test
    void siluMatchesFloat64OverItsWholeRange() {
        float[] z = new float[2001];
        double[] silu = new double[z.length];
        double[] slope = new double[z.length];
        for (int i = 0; i < z.length; i++) {
            z[i] = value((i - 1000) / 20f);
            double s = 1 / (1 + Math.exp(-z[i]));
            silu[i] = z[i] * s;
            slope[i] = s * (1 + z[i] * (1 - s));
        }
        float[] ones = new float[z.length];
        Arrays.fill(ones, 1f);
        LinearWeights identity = new LinearWeights(1, 1, on(1f), on(0f));
        Floats pre = device.floats(z.length);
        Floats post = device.floats(z.length);
        kernels.linearSilu(z.length, identity, on(z), pre, post);
        Floats d = device.floats(z.length);
        kernels.siluBackward(z.length, on(z), on(ones), d);
        assertClose(host(post), silu, 1e-5);
        assertClose(host(d), slope, 1e-5);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 32, 64})
    void layerNormGradientsMatchCentralDifferences(int width) {
        int rows = 5;
        float[] x = values(rows * width);
        float[] dy = values(rows * width);
        NormWeights weights = new NormWeights(width, 1e-2f, on(values(width)), on(values(width)));
        NormWeights grad = new NormWeights(width, 1e-2f, device.floats(width), device.floats(width));
        Floats stats = device.floats(2 * rows);
        Floats y = device.floats(rows * width);
        kernels.layerNorm(rows, weights, on(x), y, stats);
        Floats dx = device.floats(rows * width);
        kernels.layerNormBackward(new Kernels.LayerNormGrad(rows, weights, grad, on(x), stats, on(dy), dx));
        double[] numeric = new double[x.length];
        float step = 1e-2f;
        for (int i = 0; i < x.length; i++) {
            numeric[i] =
                    (objective(rows, weights, moved(x, i, step), dy) - objective(rows, weights, moved(x, i, -step), dy))
                            / (2 * step);
        }
        assertClose(host(dx), numeric, 2e-2);
    }

    private static float[] moved(float[] x, int at, float by) {
        float[] copy = x.clone();
        copy[at] += by;
        return copy;
    }

    private double objective(int rows, NormWeights weights, float[] x, float[] dy) {
        Floats y = device.floats(x.length);
        kernels.layerNorm(rows, weights, on(x), y, device.floats(2 * rows));
        double sum = 0;
        float[] result = host(y);
        for (int i = 0; i < result.length; i++) {
            sum += (double) result[i] * dy[i];
        }
        return sum;
    }

    /** Attention in float64, straight from the formula; gives o for head and bias gradients by the chain rule. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 40, -40})
    void attentionMatchesFloat64AndItsGradientsCentralDifferences(int signedLength) {
        int length = Math.abs(signedLength);
        float rowScale = signedLength < 0 ? 0.05f : 0f;
        int heads = 2;
        int d = 5;
        JaggedLayout layout = new JaggedLayout(2, 1);
        layout.clear();
        layout.add(3);
        layout.add(length);
        int tokens = layout.tokens();
        for (int i = 0; i < layout.bucketOffsets[2]; i++) {
            layout.timeBuckets()[i] = (byte) random.nextInt(7);
        }
        AttentionWeights weights =
                new AttentionWeights(heads, d, 0.4f, rowScale, 20, 7, on(values(heads * 20)), on(values(heads * 7)));
        float[] in = values(tokens * 4 * heads * d);
        Floats o = device.floats(tokens * heads * d);
        kernels.attention(layout, weights, on(in), o);
        double[] truth = attention(layout, weights, in);
        assertClose(host(o), truth, 1e-5);

        float[] dO = values(tokens * heads * d);
        AttentionWeights grad = new AttentionWeights(
                heads, d, 0.4f, rowScale, 20, 7, device.floats(heads * 20), device.floats(heads * 7));
        Floats dIn = device.floats(in.length);
        kernels.attentionBackward(layout, weights, grad, on(in), on(dO), dIn);
        float[] gradient = host(dIn);
        for (int i = 0; i < in.length; i += 1 + in.length / 60) {
            double numeric = (along(attention(layout, weights, moved(in, i, 1e-2f)), dO)
                            - along(attention(layout, weights, moved(in, i, -1e-2f)), dO))
                    / (moved(in, i, 1e-2f)[i] - (double) moved(in, i, -1e-2f)[i]);
            assertThat((double) gradient[i]).as("gradient of input " + i).isCloseTo(numeric, within(2e-4));
        }
        float[] position = host(weights.position());
        float[] dPosition = host(grad.position());
        for (int i = 0; i < position.length; i++) {
            double up = along(attention(layout, withPosition(weights, moved(position, i, 1e-2f)), in), dO);
            double down = along(attention(layout, withPosition(weights, moved(position, i, -1e-2f)), in), dO);
            assertThat((double) dPosition[i]).as("position bias " + i).isCloseTo((up - down) / 2e-2, within(2e-3));
        }
    }

    private AttentionWeights withPosition(AttentionWeights w, float[] position) {
        return new AttentionWeights(
                w.heads(), w.headDim(), w.scoreScale(), w.rowScale(), w.window(), w.buckets(), on(position), w.time());
    }

    private static double along(double[] o, float[] dO) {
        double sum = 0;
        for (int i = 0; i < o.length; i++) {
            sum += o[i] * dO[i];
        }
        return sum;
    }

    private static double[] attention(JaggedLayout layout, AttentionWeights w, float[] in) {
        int d = w.headDim();
        int width = w.width();
        float[] position = host(w.position());
        float[] time = host(w.time());
        double[] o = new double[layout.tokens() * width];
        for (int b = 0; b < layout.sequences(); b++) {
            for (int h = 0; h < w.heads(); h++) {
                for (int i = 0; i < layout.length(b); i++) {
                    for (int j = 0; j <= i; j++) {
                        int rowI = (layout.offsets[b] + i) * 4 * width + h * d;
                        int rowJ = (layout.offsets[b] + j) * 4 * width + h * d;
                        double s = 0;
                        for (int c = 0; c < d; c++) {
                            s += (double) in[rowI + 2 * width + c] * in[rowJ + 3 * width + c];
                        }
                        int bucket = layout.readTimeBuckets()[layout.pair(b, i, j)];
                        s = s * w.scoreScale()
                                + position[h * w.window() + Math.min(i - j, w.window() - 1)]
                                + time[h * w.buckets() + bucket];
                        double p = s / (1 + Math.exp(-s)) * (w.rowScale() > 0 ? w.rowScale() : 1.0 / (i + 1));
                        for (int c = 0; c < d; c++) {
                            o[(layout.offsets[b] + i) * width + h * d + c] += p * in[rowJ + width + c];
                        }
                    }
                }
            }
        }
        return o;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 31, 33, 207})
    void softmaxLossAndGradientsMatchFloat64(int candidates) {
        int rows = 9;
        float[] y = values(rows * D);
        float[] e = values(candidates * D);
        float[] training = values(candidates);
        float[] ranking = values(candidates);
        int perRow = Math.min(candidates, 3);
        int[] starts = java.util.stream.IntStream.rangeClosed(0, rows)
                .map(r -> r * perRow)
                .toArray();
        int[] columns = new int[rows * perRow];
        float[] terms = values(rows * perRow);
        for (int i = 0; i < columns.length; i++) {
            columns[i] = i % perRow == 2 ? columns[i - 1] : Math.min(candidates - 1, (i % perRow) * 5);
        }
        Floats dTerms = device.floats(columns.length);
        int[] targets = random.ints(rows, 0, candidates).toArray();
        float scale = 3f;
        Floats loss = device.floats(rows);
        Floats dY = device.floats(rows * D);
        Floats dE = device.floats(candidates * D);
        Floats dBias = device.floats(candidates);
        kernels.softmax(
                new SoftmaxShape(rows, candidates, D, scale, 0.5f),
                on(y),
                on(e),
                new Kernels.SoftmaxBias(on(training), on(ranking), new SparseTerms(on(starts), on(columns), on(terms))),
                on(targets),
                new SoftmaxOutput(loss, dY, dE, dBias, dTerms));
        double[] lossTruth = new double[rows];
        double[] dYTruth = new double[rows * D];
        double[] dETruth = new double[candidates * D];
        double[] dBiasTruth = new double[candidates];
        double[] dTermsTruth = new double[columns.length];
        for (int r = 0; r < rows; r++) {
            double[] logit = new double[candidates];
            double sum = 0;
            for (int c = 0; c < candidates; c++) {
                double s = 0;
                for (int i = 0; i < D; i++) {
                    s += (double) y[r * D + i] * e[c * D + i] * scale;
                }
                logit[c] = s + (c == targets[r] ? ranking[c] : training[c]);
            }
            for (int i = r * perRow; i < (r + 1) * perRow; i++) {
                logit[columns[i]] += terms[i];
            }
            for (double l : logit) {
                sum += Math.exp(l);
            }
            lossTruth[r] = Math.log(sum) - logit[targets[r]];
            for (int c = 0; c < candidates; c++) {
                double g = 0.5 * (Math.exp(logit[c]) / sum - (c == targets[r] ? 1 : 0));
                dBiasTruth[c] += g;
                for (int i = r * perRow; i < (r + 1) * perRow; i++) {
                    dTermsTruth[i] += columns[i] == c ? g : 0;
                }
                for (int i = 0; i < D; i++) {
                    dYTruth[r * D + i] += g * scale * e[c * D + i];
                    dETruth[c * D + i] += g * scale * y[r * D + i];
                }
            }
        }
        assertClose(host(loss), lossTruth, 2e-5);
        assertClose(host(dY), dYTruth, 2e-5 + rounding());
        assertClose(host(dE), dETruth, 2e-5 + rounding());
        assertClose(host(dBias), dBiasTruth, 1e-5);
        assertClose(host(dTerms), dTermsTruth, 1e-5);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 255, 256, 257, 1021})
    void ranksCountItemsAboveTheTargetAndTopKIsTheSameOrder(int items) {
        float[] rows = values(items * D);
        if (items > 3) {
            System.arraycopy(rows, 0, rows, 2 * D, D);
        }
        float[] scale = new float[items];
        float[] bias = new float[items];
        Arrays.fill(scale, 2f);
        if (items > 5) {
            bias[5] = Float.NEGATIVE_INFINITY;
        }
        Ranking catalogue = new Ranking(items, D, on(rows), on(scale), on(bias));
        float[] y = values(D);
        Floats out = device.floats(items);
        kernels.scores(catalogue, on(y), out);
        float[] scores = host(out);
        for (int v = 0; v < items; v += 1 + items / 20) {
            if (v == 5) {
                continue;
            }
            int expected = 0;
            for (int u = 0; u < items; u++) {
                boolean above = scores[u] > scores[v] || (scores[u] == scores[v] && u < v);
                expected += above && scores[u] > Float.NEGATIVE_INFINITY ? 1 : 0;
            }
            Ints ranks = device.ints(1);
            kernels.rank(1, catalogue, on(y), new SparseTerms(on(0, 0), on(0), on(0f)), on(v), ranks);
            int[] got = new int[1];
            ranks.download(0, got, 0, 1);
            assertThat(got[0]).as("rank of item " + v).isEqualTo(expected);
            int[] best = new int[items];
            float[] bestScores = new float[items];
            int found = kernels.topK(items, catalogue, on(y), best, bestScores);
            assertThat(found).isEqualTo(items > 5 ? items - 1 : items);
            assertThat(best[expected]).isEqualTo(v);
        }
    }

    @Test
    void sparseTermsMoveItemsInTheRanking() {
        int items = 600;
        Floats rows = on(values(items * D));
        Floats scale = on(values(items));
        Ranking plain = new Ranking(items, D, rows, scale, on(new float[items]));
        Floats y = on(values(3 * D));
        SparseTerms none = new SparseTerms(on(0, 0, 0, 0), on(0), on(0f));
        Ints targets = on(300, 599, -1);
        Ints ranks = device.ints(3);
        kernels.rank(3, plain, y, none, targets, ranks);
        int[] before = new int[3];
        ranks.download(0, before, 0, 3);
        // Row 0: two others rise above everything; row 1: the target itself, by two terms; row 2 has no target.
        SparseTerms terms = new SparseTerms(on(0, 2, 4, 5), on(7, 301, 599, 599, 1), on(1e4f, 1e4f, 5e3f, 5e3f, 1f));
        kernels.rank(3, plain, y, terms, targets, ranks);
        int[] after = new int[3];
        ranks.download(0, after, 0, 3);
        Floats scores = device.floats(items);
        kernels.scores(plain, y, scores);
        float[] s = host(scores);
        int above = (s[7] > s[300] ? 1 : 0) + (s[301] > s[300] ? 1 : 0);
        assertThat(after[0]).isEqualTo(before[0] + 2 - above);
        assertThat(after[1]).isZero();
        assertThat(after[2]).isEqualTo(before[2]);
    }

    @Test
    void aSecondCallGivesTheSameBits() {
        LinearWeights weights = new LinearWeights(64, 256, on(values(64 * 256)), on(values(256)));
        Floats x = on(values(207 * 64));
        float[] first = null;
        for (int call = 0; call < 300; call++) {
            Floats z = device.floats(207 * 256);
            Floats a = device.floats(207 * 256);
            kernels.linearSilu(207, weights, x, z, a);
            if (first == null) {
                first = host(a);
            } else {
                assertThat(host(a)).as("call " + call).isEqualTo(first);
            }
        }
    }

    @Test
    void adamFollowsTheFormula() {
        Floats w = on(1f, -2f);
        Floats m = on(0f, 0f);
        Floats v = on(0f, 0f);
        kernels.adamW(
                new io.freshet.kernel.AdamStep(0.1f, 0.9f, 0.98f, 1e-8f, 0f, 1),
                2,
                new Kernels.AdamState(w, m, v),
                on(0.5f, -3f));
        assertClose(host(w), new double[] {0.9, -1.9}, 1e-6);
        assertClose(host(m), new double[] {0.05, -0.3}, 1e-6);
    }

    @Test
    void gatherSkipsNegativeIndicesAndScatterAddsInOrder() {
        Floats out = on(9f, 9f, 9f, 9f);
        kernels.gather(new Kernels.GatherShape(2, 2, 2f, false), on(1f, 2f, 3f, 4f), on(1, -1), out);
        assertThat(host(out)).containsExactly(6f, 8f, 0f, 0f);
        Floats table = on(0f, 0f, 1f, 1f);
        kernels.scatterAdd(new Kernels.GatherShape(3, 2, 1f, true), on(1f, 2f, 3f, 4f, 5f, 6f), on(1, -1, 1), table);
        assertThat(host(table)).containsExactly(0f, 0f, 7f, 9f);
    }
}
