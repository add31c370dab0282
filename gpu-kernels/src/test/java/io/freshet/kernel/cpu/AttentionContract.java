package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.Floats;
import io.freshet.kernel.JaggedLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pointwise attention over sequences of different lengths, with all gradients. */
abstract class AttentionContract extends DeviceContract {
    private static final int HEADS = 2;
    private static final int D = 5;
    private static final int WIDTH = HEADS * D;
    private static final int WINDOW = 20;
    private static final int BUCKETS = 7;
    private static final float SCORE_SCALE = 0.4f;

    AttentionContract(TestedDevice tested) {
        super(tested);
    }

    /** Three rows, none, then as many as are asked for; buckets of pairs at random. */
    private JaggedLayout layout(int length) {
        JaggedLayout layout = new JaggedLayout(3, 1);
        layout.clear();
        layout.add(3);
        layout.add(0);
        layout.add(length);
        for (int i = 0; i < layout.bucketOffsets[3]; i++) {
            layout.timeBuckets()[i] = (byte) random.nextInt(BUCKETS);
        }
        return layout;
    }

    /** Inputs of pointwise attention, and what was in the gradients of its tables before. */
    private final class Pointwise {
        final JaggedLayout layout;
        final float rowScale;
        final float[] in;
        final float[] position = values(HEADS * WINDOW);
        final float[] time = values(HEADS * BUCKETS);
        final float[] dO;
        final float[] dPositionBefore = values(HEADS * WINDOW);
        final float[] dTimeBefore = values(HEADS * BUCKETS);

        Pointwise(int length, float rowScale) {
            layout = layout(length);
            this.rowScale = rowScale;
            in = values(layout.tokens() * 4 * WIDTH);
            dO = values(layout.tokens() * WIDTH);
        }

        AttentionWeights weights(Floats positions, Floats times) {
            return new AttentionWeights(HEADS, D, SCORE_SCALE, rowScale, WINDOW, BUCKETS, positions, times);
        }

        AttentionWeights weights() {
            return weights(on(position), on(time));
        }
    }

    /** Output and gradients straight from the formula, pair by pair. */
    private static final class PointwiseResult {
        final double[] o;
        final double[] dIn;
        final double[] dPosition;
        final double[] dTime;

        PointwiseResult(Arithmetic a, Pointwise p, float[] dInBefore) {
            o = new double[p.dO.length];
            dIn = wide(dInBefore);
            for (int i = 0; i < dIn.length; i++) {
                dIn[i] = i % (4 * WIDTH) < WIDTH ? dIn[i] : 0;
            }
            dPosition = wide(p.dPositionBefore);
            dTime = wide(p.dTimeBefore);
            for (int b = 0; b < p.layout.sequences(); b++) {
                for (int h = 0; h < HEADS; h++) {
                    for (int i = 0; i < p.layout.length(b); i++) {
                        for (int j = 0; j <= i; j++) {
                            pair(a, p, new int[] {b, h, i, j});
                        }
                    }
                }
            }
        }

        private void pair(Arithmetic a, Pointwise p, int[] at) {
            int h = at[1];
            int i = at[2];
            int j = at[3];
            int row = p.layout.offsets[at[0]];
            int out = (row + i) * WIDTH + h * D;
            int query = (row + i) * 4 * WIDTH + 2 * WIDTH + h * D;
            int value = (row + j) * 4 * WIDTH + WIDTH + h * D;
            int key = value + 2 * WIDTH;
            int distance = h * WINDOW + Math.min(i - j, WINDOW - 1);
            int bucket = h * BUCKETS + p.layout.readTimeBuckets()[p.layout.pair(at[0], i, j)];
            double score = a.mul(a.dot(D, p.in, query, p.in, key), SCORE_SCALE);
            score = a.add(a.add(score, p.position[distance]), p.time[bucket]);
            double scale = p.rowScale > 0 ? p.rowScale : a.div(1, i + 1);
            double weight = a.mul(a.silu(score), scale);
            double along = a.dot(D, p.dO, out, p.in, value);
            double dScore = a.mul(a.mul(along, a.siluSlope(score)), scale);
            dPosition[distance] = a.add(dPosition[distance], dScore);
            dTime[bucket] = a.add(dTime[bucket], dScore);
            double dProduct = a.mul(dScore, SCORE_SCALE);
            for (int c = 0; c < D; c++) {
                o[out + c] = a.madd(o[out + c], weight, p.in[value + c]);
                dIn[value + c] = a.madd(dIn[value + c], weight, p.dO[out + c]);
                dIn[query + c] = a.madd(dIn[query + c], dProduct, p.in[key + c]);
                dIn[key + c] = a.madd(dIn[key + c], dProduct, p.in[query + c]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 13, 31, 32, 33, 65, 207})
    void pointwiseAttentionIsAsExactAsFloat32(int length) {
        for (float rowScale : new float[] {0f, 0.05f}) {
            Accuracy accuracy = new Accuracy("a sequence of " + length + ", rows scaled by " + rowScale);
            for (int trial = 0; trial < trials(length * length); trial++) {
                Pointwise p = new Pointwise(length, rowScale);
                Floats o = overwritten(p.dO.length);
                kernels.attention(p.layout, p.weights(), on(p.in), o);
                AttentionWeights grad = p.weights(on(p.dPositionBefore), on(p.dTimeBefore));
                float[] before = values(p.in.length);
                Floats dIn = on(before);
                kernels.attentionBackward(p.layout, p.weights(), grad, on(p.in), on(p.dO), dIn);
                PointwiseResult truth = new PointwiseResult(Arithmetic.FLOAT64, p, before);
                PointwiseResult plain = new PointwiseResult(Arithmetic.FLOAT32, p, before);
                accuracy.forward("o", host(o), truth.o, plain.o);
                accuracy.backward("dU dV dQ dK", host(dIn), truth.dIn, plain.dIn);
                accuracy.backward("dPosition", host(grad.position()), truth.dPosition, plain.dPosition);
                accuracy.backward("dTime", host(grad.time()), truth.dTime, plain.dTime);
            }
            accuracy.check();
        }
    }

    /** Rows that nobody asked for are left out, to whole tiles; those that are computed have the same bits. */
    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32, 33, 65, 100})
    void tailsHaveTheBitsOfTheWhole(int length) {
        Pointwise p = new Pointwise(length, 0f);
        Floats whole = overwritten(p.dO.length);
        kernels.attention(p.layout, p.weights(), on(p.in), whole);
        for (int first : new int[] {0, length / 2, length - 1, length}) {
            p.layout.ask(0, 3);
            p.layout.ask(1, 0);
            p.layout.ask(2, first);
            p.layout.tailsOnly(true);
            float[] before = values(p.dO.length);
            Floats tail = on(before);
            kernels.attention(p.layout, p.weights(), on(p.in), tail);
            int from = (p.layout.offsets[2] + p.layout.firstComputed(2)) * WIDTH;
            int start = p.layout.offsets[2] * WIDTH;
            assertThat(p.layout.firstComputed(2)).as("first row computed").isLessThanOrEqualTo(first);
            assertThat(Arrays.copyOfRange(host(tail), from, before.length))
                    .isEqualTo(Arrays.copyOfRange(host(whole), from, before.length));
            assertThat(Arrays.copyOfRange(host(tail), start, from)).isEqualTo(Arrays.copyOfRange(before, start, from));
            p.layout.tailsOnly(false);
        }
    }

    /** A row sees itself and what is before it: whatever comes later, or in another sequence, changes no bit. */
    @Test
    void laterRowsAndOtherSequencesAreNotSeen() {
        Pointwise p = new Pointwise(65, 0f);
        Floats o = overwritten(p.dO.length);
        kernels.attention(p.layout, p.weights(), on(p.in), o);
        float[] changed = p.in.clone();
        int from = (p.layout.offsets[2] + 40) * 4 * WIDTH;
        System.arraycopy(values(changed.length - from), 0, changed, from, changed.length - from);
        System.arraycopy(values(2 * 4 * WIDTH), 0, changed, 4 * WIDTH, 2 * 4 * WIDTH);
        Floats again = overwritten(p.dO.length);
        kernels.attention(p.layout, p.weights(), on(changed), again);
        int start = p.layout.offsets[2] * WIDTH;
        int end = start + 40 * WIDTH;
        assertThat(Arrays.copyOfRange(host(again), start, end)).isEqualTo(Arrays.copyOfRange(host(o), start, end));
        assertThat(Arrays.copyOf(host(again), WIDTH)).isEqualTo(Arrays.copyOf(host(o), WIDTH));
    }
}
