package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.SoftmaxOutput;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cross entropy over shared candidates, with all gradients. */
abstract class SoftmaxContract extends DeviceContract {
    private static final int D = 13;
    private static final float SCALE = 3f;
    private static final float GRADIENT = 0.5f;

    SoftmaxContract(TestedDevice tested) {
        super(tested);
    }

    /** One call's inputs; {@link Result} is what an arithmetic makes of them. */
    private final class Case {
        final int rows;
        final int candidates;
        final int perRow;
        final float[] y;
        final float[] e;
        final float[] training;
        final float[] own;
        final int[] starts;
        final int[] columns;
        final float[] terms;
        final int[] targets;
        final float[] dEBefore;
        final float[] dBiasBefore;

        /** Every row has terms on up to three candidates, the last two of them on one; candidate 3 is masked. */
        Case(int rows, int candidates) {
            this.rows = rows;
            this.candidates = candidates;
            perRow = Math.min(candidates, 3);
            y = values(rows * D);
            e = values(candidates * D);
            training = values(candidates);
            own = values(candidates);
            starts = IntStream.rangeClosed(0, rows).map(r -> r * perRow).toArray();
            columns = new int[rows * perRow];
            for (int i = 0; i < columns.length; i++) {
                columns[i] = i % perRow == 2 ? columns[i - 1] : Math.min(candidates - 1, (i % perRow) * 5);
            }
            terms = values(columns.length);
            targets = random.ints(rows, 0, candidates).toArray();
            dEBefore = values(e.length);
            dBiasBefore = values(candidates);
            if (candidates > 3) {
                training[3] = Float.NEGATIVE_INFINITY;
            }
        }

        SparseTerms sparse() {
            return new SparseTerms(on(starts), on(columns), on(terms));
        }

        SoftmaxOutput run() {
            SoftmaxOutput out = new SoftmaxOutput(
                    overwritten(rows),
                    overwritten(rows * D),
                    on(dEBefore),
                    on(dBiasBefore),
                    overwritten(columns.length));
            kernels.softmax(
                    new SoftmaxShape(rows, candidates, D, SCALE, GRADIENT),
                    on(y),
                    on(e),
                    new Kernels.SoftmaxBias(on(training), on(own), sparse()),
                    on(targets),
                    out);
            return out;
        }
    }

    /** The loss and its gradients, straight from the formula. */
    private static final class Result {
        final double[] loss;
        final double[] dY;
        final double[] dE;
        final double[] dBias;
        final double[] dTerms;

        Result(Arithmetic a, Case c) {
            loss = new double[c.rows];
            dY = new double[c.rows * D];
            dE = wide(c.dEBefore);
            dBias = wide(c.dBiasBefore);
            dTerms = new double[c.columns.length];
            for (int r = 0; r < c.rows; r++) {
                row(a, c, r);
            }
        }

        private static double[] logits(Arithmetic a, Case c, int r) {
            double[] logit = new double[c.candidates];
            for (int v = 0; v < c.candidates; v++) {
                double product = a.mul(a.dot(D, c.y, r * D, c.e, v * D), SCALE);
                logit[v] = a.add(product, v == c.targets[r] ? c.own[v] : c.training[v]);
            }
            for (int i = c.starts[r]; i < c.starts[r + 1]; i++) {
                logit[c.columns[i]] = a.add(logit[c.columns[i]], c.terms[i]);
            }
            return logit;
        }

        private void row(Arithmetic a, Case c, int r) {
            double[] logit = logits(a, c, r);
            double max = Arrays.stream(logit).max().orElseThrow();
            double[] p = new double[c.candidates];
            double sum = 0;
            for (int v = 0; v < c.candidates; v++) {
                p[v] = a.exp(a.sub(logit[v], max));
                sum = a.add(sum, p[v]);
            }
            loss[r] = a.sub(a.add(a.log(sum), max), logit[c.targets[r]]);
            for (int v = 0; v < c.candidates; v++) {
                double share = a.div(p[v], sum);
                double g = a.mul(GRADIENT, v == c.targets[r] ? a.sub(share, 1) : share);
                dBias[v] = a.add(dBias[v], g);
                for (int i = c.starts[r]; i < c.starts[r + 1]; i++) {
                    dTerms[i] = c.columns[i] == v ? g : dTerms[i];
                }
                double scaled = a.mul(g, SCALE);
                for (int i = 0; i < D; i++) {
                    dY[r * D + i] = a.madd(dY[r * D + i], scaled, c.e[v * D + i]);
                    dE[v * D + i] = a.madd(dE[v * D + i], scaled, c.y[r * D + i]);
                }
            }
        }
    }

    private void compare(Accuracy accuracy, Case c) {
        Result truth = new Result(Arithmetic.FLOAT64, c);
        Result plain = new Result(Arithmetic.FLOAT32, c);
        SoftmaxOutput out = c.run();
        accuracy.forward("loss", host(out.loss()), truth.loss, plain.loss);
        accuracy.differenceOf("loss", SCALE * Math.sqrt(D));
        accuracy.backward("dY", host(out.dY()), truth.dY, plain.dY);
        accuracy.differenceOf("dY", GRADIENT * SCALE);
        accuracy.backward("dE", host(out.dE()), truth.dE, plain.dE);
        accuracy.differenceOf("dE", GRADIENT * SCALE);
        accuracy.backward("dBias", host(out.dBias()), truth.dBias, plain.dBias);
        accuracy.backward("dTerms", host(out.dTerms()), truth.dTerms, plain.dTerms);
        accuracy.differenceOf("dTerms", GRADIENT);
        // The weights of a row are at most 2 in sum, and they and the other operand are rounded.
        accuracy.allow("dY", 2 * 2 * GRADIENT * SCALE * tested.rounding());
        accuracy.allow("dE", 2 * c.rows * GRADIENT * SCALE * tested.rounding());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 13, 31, 32, 33, 207, 1021})
    void lossAndGradientsAreAsExactAsFloat32(int candidates) {
        for (int rows : new int[] {0, 1, 9, 33}) {
            Accuracy accuracy = new Accuracy(rows + " rows, " + candidates + " candidates");
            for (int trial = 0; trial < trials(rows * candidates); trial++) {
                compare(accuracy, new Case(rows, candidates));
            }
            accuracy.check();
        }
    }

    /** What is taken out takes no part: its bits in the gradients are those from before. */
    @Test
    void aMaskedCandidateHasNoGradient() {
        Case c = new Case(9, 33);
        Arrays.setAll(c.targets, r -> 4 + r);
        SoftmaxOutput out = c.run();
        assertThat(host(out.dBias())[3]).isEqualTo(c.dBiasBefore[3]);
        assertThat(Arrays.copyOfRange(host(out.dE()), 3 * D, 4 * D))
                .isEqualTo(Arrays.copyOfRange(c.dEBefore, 3 * D, 4 * D));
    }

    /** The shares of a row are one in sum, its target's is taken off: the biases' gradients are 0 in sum. */
    @Test
    void gradientsOfARowsLogitsAddUpToNothing() {
        Case c = new Case(33, 207);
        Arrays.fill(c.dBiasBefore, 0f);
        double sum = 0;
        for (float d : host(c.run().dBias())) {
            sum += d;
        }
        assertThat(Math.abs(sum)).isLessThan(33 * 207 * GRADIENT * 0x1p-24);
    }
}
