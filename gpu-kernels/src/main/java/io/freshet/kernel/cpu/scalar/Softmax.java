package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.Kernels.SoftmaxBias;
import io.freshet.kernel.Kernels.SoftmaxOutput;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;

/** Softmax over shared candidates by tiles of query rows; see {@link io.freshet.kernel.Kernels#softmax}. */
final class Softmax {
    /** Query rows of a tile. */
    private static final int TILE = 32;

    private final ScalarKernels kernels;
    private final SoftmaxShape shape;
    /** Bias on the logits of candidates, {@code [C]}. */
    private final HostFloats candidates;
    /** Bias on the logit of a row's own target, {@code [C]}. */
    private final HostFloats target;
    /** First term of every row, {@code [M + 1]}. */
    private final int[] termStart;
    /** Candidates of the terms, {@code [terms]}. */
    private final int[] termColumn;
    /** Terms on single logits, {@code [terms]}. */
    private final HostFloats terms;
    /** What makes a row of {@link #probabilities} gradients. */
    private float factor;

    Softmax(ScalarKernels kernels, SoftmaxShape shape, SoftmaxBias bias) {
        this.kernels = kernels;
        this.shape = shape;
        candidates = HostFloats.of(bias.candidates());
        target = HostFloats.of(bias.target());
        termStart = HostInts.of(bias.terms().rowStart());
        termColumn = HostInts.of(bias.terms().columns());
        terms = HostFloats.of(bias.terms().values());
    }

    /** Writes losses and gradients: {@code y [M, D]}, {@code e [C, D]}, {@code targets [M]}. */
    void run(HostFloats y, HostFloats e, int[] targets, SoftmaxOutput out) {
        int c = shape.candidates();
        int wide = stride(c);
        int d = shape.width();
        HostFloats dY = HostFloats.of(out.dY());
        HostFloats dE = HostFloats.of(out.dE());
        HostFloats dBias = HostFloats.of(out.dBias());
        HostFloats loss = HostFloats.of(out.loss());
        HostFloats dTerms = HostFloats.of(out.dTerms());
        float[] columns = kernels.gradScratch(wide * d);
        ScalarArithmetic.transpose(e.array, e.start, d, c, d, columns, wide);
        float[] logits = kernels.logitScratch(TILE * wide);
        for (int i0 = 0; i0 < shape.rows(); i0 += TILE) {
            int rows = Math.min(TILE, shape.rows() - i0);
            Product scores = new Product(rows, c, d, false);
            kernels.multiply(scores.a(y.start + i0 * d, d, false).b(0, wide).c(0, wide), y.array, columns, logits);
            for (int r = 0; r < rows; r++) {
                loss.array[loss.start + i0 + r] = probabilities(i0 + r, logits, r * wide, targets[i0 + r]);
                for (int i = termStart[i0 + r]; i < termStart[i0 + r + 1]; i++) {
                    dTerms.array[dTerms.start + i] = logits[r * wide + termColumn[i]] * factor;
                }
                kernels.accumulate(c, factor, logits, r * wide, dBias.array, dBias.start, shape.inverseTemperature());
            }
            Product toY = new Product(rows, d, c, false);
            kernels.multiply(toY.a(0, wide, false).b(e.start, d).c(dY.start + i0 * d, d), logits, e.array, dY.array);
            Product toE = new Product(c, d, rows, true);
            kernels.multiply(toE.a(0, wide, true).b(y.start + i0 * d, d).c(dE.start, d), logits, y.array, dE.array);
        }
    }

    /** Distance of rows in scratch: never a multiple of 4 KiB, where rows would share their places in the cache. */
    private static int stride(int c) {
        int whole = (c + 15) / 16 * 16;
        return whole % 256 == 0 ? whole + 16 : whole;
    }

    /** Replaces a row of products by a multiple of {@code p - [target]} and sets {@link #factor}; gives the loss. */
    private float probabilities(int row, float[] logits, int at, int own) {
        int c = shape.candidates();
        float ownLogit = Math.fma(logits[at + own], shape.inverseTemperature(), target.array[target.start + own]);
        kernels.scaleAdd(c, shape.inverseTemperature(), candidates.array, candidates.start, logits, at);
        logits[at + own] = ownLogit;
        for (int i = termStart[row]; i < termStart[row + 1]; i++) {
            logits[at + termColumn[i]] += terms.array[terms.start + i];
        }
        ownLogit = logits[at + own];
        float max = kernels.maximum(c, logits, at);
        double sum = kernels.exponentials(c, logits, at, max);
        factor = (float) (shape.gradientScale() / sum);
        logits[at + own] -= (float) sum;
        return (float) (StrictMath.log(sum) + max - ownLogit);
    }
}
