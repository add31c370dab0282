package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.ScoringTable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operators of the engine's peers: what SASRec needs, with all gradients, and the plain scan of a catalogue. */
abstract class PeerContract extends DeviceContract {
    private static final int D = 13;
    private static final int HEADS = 2;
    private static final int HEAD = 5;
    private static final int WIDTH = HEADS * HEAD;
    private static final float SCALE = 3f;
    private static final float GRADIENT = 0.5f;
    private static final float NONE = Float.NEGATIVE_INFINITY;

    private final PeerKernels peers;

    PeerContract(TestedDevice tested) {
        super(tested);
        peers = device.openPeerKernels();
    }

    /** Three rows, none, then as many as are asked for. */
    private static JaggedLayout layout(int length) {
        JaggedLayout layout = new JaggedLayout(3, 1);
        layout.add(3);
        layout.add(0);
        layout.add(length);
        return layout;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void reluKeepsWhatIsAboveZeroAndItsBackwardPassesWhereThatWas(int count) {
        float[] x = values(count);
        float[] dy = values(count);
        for (int i = 0; i < count; i += 7) {
            x[i] = 0f;
        }
        float[] y = new float[count];
        float[] dx = new float[count];
        for (int i = 0; i < count; i++) {
            y[i] = x[i] > 0 ? x[i] : 0f;
            dx[i] = x[i] > 0 ? dy[i] : 0f;
        }
        Floats inPlace = on(x);
        peers.relu(count, inPlace);
        assertThat(host(inPlace)).isEqualTo(y);
        Floats gradient = on(dy);
        peers.reluBackward(count, inPlace, gradient);
        assertThat(host(gradient)).isEqualTo(dx);
        assertThat(host(inPlace)).as("y is read only").isEqualTo(y);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void copyTakesBitsAndNoMoreThanItsCount(int count) {
        float[] x = values(count + 3);
        if (count > 2) {
            x[1] = -0f;
            x[2] = Float.NaN;
        }
        float[] y = values(count + 3);
        Floats to = on(y);
        peers.copy(count, on(x), to);
        for (int i = 0; i < count + 3; i++) {
            int expected = Float.floatToRawIntBits(i < count ? x[i] : y[i]);
            assertThat(Float.floatToRawIntBits(host(to)[i])).as("value %d", i).isEqualTo(expected);
        }
    }

    /** Inputs of softmax attention. */
    private final class Causal {
        final JaggedLayout layout;
        final PeerKernels.SoftmaxAttentionShape shape;
        final float[] q;
        final float[] kv;
        final float[] dO;

        Causal(int length, Dropout dropout) {
            layout = layout(length);
            shape = new PeerKernels.SoftmaxAttentionShape(HEADS, HEAD, dropout);
            q = values(layout.tokens() * WIDTH);
            kv = values(layout.tokens() * 2 * WIDTH);
            dO = values(layout.tokens() * WIDTH);
        }
    }

    private static final class CausalResult {
        final double[] o;
        final double[] dQ;
        final double[] dKv;

        CausalResult(Arithmetic a, Causal c) {
            o = new double[c.q.length];
            dQ = new double[c.q.length];
            dKv = new double[c.kv.length];
            for (int b = 0; b < c.layout.sequences(); b++) {
                for (int h = 0; h < HEADS; h++) {
                    for (int i = 0; i < c.layout.length(b); i++) {
                        row(a, c, b, h, i);
                    }
                }
            }
        }

        private void row(Arithmetic a, Causal c, int b, int h, int i) {
            int query = (c.layout.offsets[b] + i) * WIDTH + h * HEAD;
            int keys = c.layout.offsets[b] * 2 * WIDTH + h * HEAD;
            double scale = a.div(1, a.sqrt(HEAD));
            double[] p = new double[i + 1];
            double max = Double.NEGATIVE_INFINITY;
            for (int j = 0; j <= i; j++) {
                p[j] = a.mul(a.dot(HEAD, c.q, query, c.kv, keys + j * 2 * WIDTH), scale);
                max = Math.max(max, p[j]);
            }
            double sum = 0;
            for (int j = 0; j <= i; j++) {
                p[j] = a.exp(a.sub(p[j], max));
                sum = a.add(sum, p[j]);
            }
            double[] along = new double[i + 1];
            double mean = 0;
            for (int j = 0; j <= i; j++) {
                p[j] = a.div(p[j], sum);
                int value = keys + j * 2 * WIDTH + WIDTH;
                double kept = c.shape.dropout().factor(c.layout.pair(b, i, j) * HEADS + h);
                along[j] = a.mul(a.dot(HEAD, c.dO, query, c.kv, value), kept);
                mean = a.madd(mean, p[j], along[j]);
                for (int x = 0; x < HEAD; x++) {
                    o[query + x] = a.madd(o[query + x], a.mul(p[j], kept), c.kv[value + x]);
                    dKv[value + x] = a.madd(dKv[value + x], a.mul(p[j], kept), c.dO[query + x]);
                }
            }
            for (int j = 0; j <= i; j++) {
                int key = keys + j * 2 * WIDTH;
                double d = a.mul(a.mul(p[j], a.sub(along[j], mean)), scale);
                for (int x = 0; x < HEAD; x++) {
                    dQ[query + x] = a.madd(dQ[query + x], d, c.kv[key + x]);
                    dKv[key + x] = a.madd(dKv[key + x], d, c.q[query + x]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 13, 16, 17, 31, 32, 33, 207})
    void softmaxAttentionIsAsExactAsFloat32(int length) {
        for (Dropout dropout : new Dropout[] {Dropout.NONE, new Dropout(0.3f, 5)}) {
            Accuracy accuracy = new Accuracy("softmax over a sequence of " + length + ", " + dropout);
            for (int trial = 0; trial < trials(length * length); trial++) {
                Causal c = new Causal(length, dropout);
                Floats o = overwritten(c.q.length);
                peers.softmaxAttention(c.layout, c.shape, on(c.q), on(c.kv), o);
                Floats dQ = overwritten(c.q.length);
                Floats dKv = overwritten(c.kv.length);
                peers.softmaxAttentionBackward(
                        new PeerKernels.SoftmaxAttentionGrad(c.layout, c.shape, on(c.q), on(c.kv), on(c.dO), dQ, dKv));
                CausalResult truth = new CausalResult(Arithmetic.FLOAT64, c);
                CausalResult plain = new CausalResult(Arithmetic.FLOAT32, c);
                accuracy.forward("o", host(o), truth.o, plain.o);
                accuracy.backward("dQ", host(dQ), truth.dQ, plain.dQ);
                accuracy.backward("dKv", host(dKv), truth.dKv, plain.dKv);
            }
            accuracy.check();
        }
    }

    private record Sampled(int rows, int negatives, int items, float[] y, float[] e, int[] candidates, float[] before) {
        int width() {
            return negatives + 1;
        }

        /** Loss, dY and dE. */
        double[][] result(Arithmetic a) {
            double[] loss = new double[rows];
            double[] dY = new double[rows * D];
            double[] dE = wide(before);
            for (int r = 0; r < rows; r++) {
                double[] logit = new double[width()];
                double max = Double.NEGATIVE_INFINITY;
                for (int j = 0; j < width(); j++) {
                    int v = candidates[r * width() + j];
                    boolean again = j > 0 && v == candidates[r * width()];
                    logit[j] = again ? Double.NEGATIVE_INFINITY : a.mul(a.dot(D, y, r * D, e, v * D), SCALE);
                    max = Math.max(max, logit[j]);
                }
                double sum = 0;
                for (double l : logit) {
                    sum = a.add(sum, a.exp(a.sub(l, max)));
                }
                loss[r] = a.sub(a.add(a.log(sum), max), logit[0]);
                for (int j = 0; j < width(); j++) {
                    double share = a.div(a.exp(a.sub(logit[j], max)), sum);
                    double g = a.mul(GRADIENT * SCALE, j == 0 ? a.sub(share, 1) : share);
                    int v = candidates[r * width() + j] * D;
                    for (int i = 0; i < D; i++) {
                        dY[r * D + i] = a.madd(dY[r * D + i], g, e[v + i]);
                        dE[v + i] = a.madd(dE[v + i], g, y[r * D + i]);
                    }
                }
            }
            return new double[][] {loss, dY, dE};
        }
    }

    /** Few rows to draw from: a row's negatives repeat, and meet its target. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 13, 31, 32, 33, 207})
    void sampledSoftmaxIsAsExactAsFloat32(int negatives) {
        for (int rows : new int[] {0, 1, 11, 33}) {
            Accuracy accuracy = new Accuracy(rows + " rows with " + negatives + " negatives");
            for (int trial = 0; trial < trials(rows * negatives); trial++) {
                int items = 9;
                int[] candidates = random.ints(rows * (1 + negatives), 0, items).toArray();
                Sampled s = new Sampled(
                        rows, negatives, items, values(rows * D), values(items * D), candidates, values(items * D));
                PeerKernels.SampledSoftmaxOutput out =
                        new PeerKernels.SampledSoftmaxOutput(overwritten(rows), overwritten(rows * D), on(s.before()));
                PeerKernels.SampledSoftmaxShape shape =
                        new PeerKernels.SampledSoftmaxShape(rows, negatives, D, SCALE, GRADIENT);
                peers.sampledSoftmax(shape, on(s.y()), on(s.e()), on(candidates), out);
                double[][] truth = s.result(Arithmetic.FLOAT64);
                double[][] plain = s.result(Arithmetic.FLOAT32);
                accuracy.forward("loss", host(out.loss()), truth[0], plain[0]);
                accuracy.differenceOf("loss", SCALE * Math.sqrt(D));
                accuracy.backward("dY", host(out.dY()), truth[1], plain[1]);
                accuracy.differenceOf("dY", GRADIENT * SCALE);
                accuracy.backward("dE", host(out.dE()), truth[2], plain[2]);
                accuracy.differenceOf("dE", GRADIENT * SCALE);
            }
            accuracy.check();
        }
    }

    /** Small whole numbers: scores are exact and many are equal, so the order must be that of a sort. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 256, 257, 1021})
    void bestItemsAreTheFirstOfASort(int items) {
        float[] bias = wholes(items, 1);
        for (int v = 0; v < items; v++) {
            bias[v] = random.nextInt(8) == 0 ? NONE : bias[v];
        }
        float[] scale = wholes(items, 2);
        ScoringTable scoringTable = new ScoringTable(items, D, on(wholes(items * D, 1)), on(scale), on(bias));
        Floats y = on(wholes(D, 1));
        Floats all = overwritten(items);
        peers.scores(scoringTable, y, all);
        float[] scores = host(all);
        List<Integer> order = new ArrayList<>();
        IntStream.range(0, items).filter(v -> scores[v] > NONE).forEach(order::add);
        order.sort((v, u) -> scores[v] != scores[u] ? Float.compare(scores[u], scores[v]) : v - u);
        for (int k : new int[] {0, 1, 10, items, items + 5}) {
            int[] best = new int[k];
            float[] bestScores = new float[k];
            int found = peers.topK(k, scoringTable, y, best, bestScores);
            assertThat(found).as("number of the best %d", k).isEqualTo(Math.min(k, order.size()));
            for (int i = 0; i < found; i++) {
                assertThat(best[i]).as("number %d of the best %d", i, k).isEqualTo(order.get(i));
                assertThat(bestScores[i]).isEqualTo(scores[best[i]]);
            }
        }
    }
}
