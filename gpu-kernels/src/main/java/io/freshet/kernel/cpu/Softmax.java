package io.freshet.kernel.cpu;

import io.freshet.kernel.Kernels.SoftmaxBias;
import io.freshet.kernel.SoftmaxOutput;
import io.freshet.kernel.SoftmaxShape;

/** Softmax over shared candidates by tiles of query rows; see {@link io.freshet.kernel.Kernels#softmax}. */
final class Softmax {
    private static final int TILE = 8;

    private final ScalarKernels kernels;
    private final SoftmaxShape shape;
    private final HostFloats training;
    private final HostFloats ranking;

    Softmax(ScalarKernels kernels, SoftmaxShape shape, SoftmaxBias bias) {
        this.kernels = kernels;
        this.shape = shape;
        training = HostFloats.of(bias.training());
        ranking = HostFloats.of(bias.ranking());
    }

    void run(HostFloats y, HostFloats e, int[] targets, SoftmaxOutput out) {
        int c = shape.candidates();
        int d = shape.width();
        HostFloats dY = HostFloats.of(out.dY());
        HostFloats dE = HostFloats.of(out.dE());
        HostFloats dBias = HostFloats.of(out.dBias());
        HostFloats loss = HostFloats.of(out.loss());
        int[] ranks = HostInts.of(out.ranks());
        float[] columns = kernels.gradScratch(c * d);
        Attention.transpose(e.array, e.start, d, c, d, columns);
        float[] logits = kernels.logitScratch(TILE * c);
        for (int i0 = 0; i0 < shape.rows(); i0 += TILE) {
            int rows = Math.min(TILE, shape.rows() - i0);
            Product scores = new Product(rows, c, d, false);
            kernels.multiply(scores.a(y.start + i0 * d, d, false).b(0, c).c(0, c), y.array, columns, logits);
            for (int r = 0; r < rows; r++) {
                int target = targets[i0 + r];
                ranks[i0 + r] = rank(logits, r * c, target);
                loss.array[loss.start + i0 + r] = probabilities(logits, r * c, target);
                kernels.axpy(c, 1f, logits, r * c, dBias.array, dBias.start);
                for (int j = r * c; j < (r + 1) * c; j++) {
                    logits[j] *= shape.inverseTemperature();
                }
            }
            Product toY = new Product(rows, d, c, false);
            kernels.multiply(toY.a(0, c, false).b(e.start, d).c(dY.start + i0 * d, d), logits, e.array, dY.array);
            Product toE = new Product(c, d, rows, true);
            kernels.multiply(toE.a(0, c, true).b(y.start + i0 * d, d).c(dE.start, d), logits, y.array, dE.array);
        }
    }

    private int rank(float[] logits, int at, int target) {
        int c = shape.candidates();
        float scale = shape.inverseTemperature();
        float own = Math.fma(logits[at + target], scale, ranking.array[ranking.start + target]);
        int rank = 0;
        for (int j = 0; j < c; j++) {
            float score = Math.fma(logits[at + j], scale, ranking.array[ranking.start + j]);
            rank += score > own || (score == own && j < target && score > Float.NEGATIVE_INFINITY) ? 1 : 0;
        }
        return rank;
    }

    /** Replaces a row of products by {@code gradientScale * (p - [target])}; gives the loss. */
    private float probabilities(float[] logits, int at, int target) {
        int c = shape.candidates();
        float scale = shape.inverseTemperature();
        float max = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < c; j++) {
            float bias = j == target ? ranking.array[ranking.start + j] : training.array[training.start + j];
            logits[at + j] = Math.fma(logits[at + j], scale, bias);
            max = Math.max(max, logits[at + j]);
        }
        float own = logits[at + target];
        double sum = kernels.exponentials(c, logits, at, max);
        float factor = (float) (shape.gradientScale() / sum);
        for (int j = at; j < at + c; j++) {
            logits[j] *= factor;
        }
        logits[at + target] -= shape.gradientScale();
        return (float) (Math.log(sum) + max - own);
    }
}
