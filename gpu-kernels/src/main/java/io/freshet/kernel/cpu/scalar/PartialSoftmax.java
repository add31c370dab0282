package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.Kernels.SoftmaxBias;
import io.freshet.kernel.Kernels.SoftmaxPartialGrad;
import io.freshet.kernel.SoftmaxPartial;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;
import java.util.Arrays;

/** Both halves of a softmax over one shard of the candidates; see {@link io.freshet.kernel.Kernels#softmaxPartial}. */
public final class PartialSoftmax {
    /** Query rows of a tile. */
    private static final int TILE = 32;

    private final ScalarKernels kernels;
    private final SoftmaxShape shape;
    private final SoftmaxPartial partial;
    /** {@code exp(logit - max)} of the shard's candidates, {@code [M, stride]}. */
    private final HostFloats weights;

    /** Work on one call's partial results. */
    public PartialSoftmax(ScalarKernels kernels, SoftmaxShape shape, SoftmaxPartial partial) {
        this.kernels = kernels;
        this.shape = shape;
        this.partial = partial;
        weights = HostFloats.of(partial.weights());
    }

    /**
     * First half.
     *
     * @param y queries {@code [M, D]}
     * @param e candidates {@code [C, D]}
     * @param targets {@code [M]}
     */
    void forward(HostFloats y, HostFloats e, SoftmaxBias bias, int[] targets) {
        int c = shape.candidates();
        int d = shape.width();
        int stride = partial.stride();
        float[] columns = kernels.gradScratch(stride * d);
        ScalarArithmetic.transpose(e.array, e.start, d, c, d, columns, stride);
        for (int i0 = 0; i0 < shape.rows(); i0 += TILE) {
            int rows = Math.min(TILE, shape.rows() - i0);
            Product scores = new Product(rows, c, d, false);
            scores.a(y.start + i0 * d, d, false).b(0, stride).c(weights.start + i0 * stride, stride);
            kernels.multiply(scores, y.array, columns, weights.array);
            for (int i = i0; i < i0 + rows; i++) {
                weigh(i, bias, targets[i]);
            }
        }
    }

    /** Makes weights {@code exp(logit - max)} of a row of products, and keeps maximum, sum and the target's logit. */
    public void weigh(int row, SoftmaxBias bias, int target) {
        int c = shape.candidates();
        int at = weights.start + row * partial.stride();
        HostFloats max = HostFloats.of(partial.max());
        HostFloats sum = HostFloats.of(partial.sum());
        HostFloats own = HostFloats.of(partial.target());
        own.array[own.start + row] = logits(row, at, bias, target);
        float most = kernels.maximum(c, weights.array, at);
        max.array[max.start + row] = most;
        if (most == Float.NEGATIVE_INFINITY) {
            Arrays.fill(weights.array, at, at + c, 0f);
            sum.array[sum.start + row] = 0f;
        } else {
            sum.array[sum.start + row] = (float) kernels.exponentials(c, weights.array, at, most);
        }
    }

    /** Makes logits of a row of products; gives the target's. */
    private float logits(int row, int at, SoftmaxBias bias, int target) {
        HostFloats candidates = HostFloats.of(bias.candidates());
        HostFloats own = HostFloats.of(bias.target());
        HostFloats terms = HostFloats.of(bias.terms().values());
        int[] starts = HostInts.of(bias.terms().rowStart());
        int[] columns = HostInts.of(bias.terms().columns());
        float scale = shape.inverseTemperature();
        float product = target < 0 ? 0f : weights.array[at + target];
        kernels.scaleAdd(shape.candidates(), scale, candidates.array, candidates.start, weights.array, at);
        if (target >= 0) {
            weights.array[at + target] = Math.fma(product, scale, own.array[own.start + target]);
        }
        for (int i = starts[row]; i < starts[row + 1]; i++) {
            weights.array[at + columns[i]] += terms.array[terms.start + i];
        }
        return target < 0 ? 0f : weights.array[at + target];
    }

    /**
     * Second half.
     *
     * @param y queries {@code [M, D]}
     * @param e candidates {@code [C, D]}
     * @param targets {@code [M]}
     */
    void backward(SoftmaxPartialGrad call, HostFloats y, HostFloats e, int[] targets) {
        int m = shape.rows();
        int c = shape.candidates();
        int d = shape.width();
        int stride = partial.stride();
        float scale = shape.inverseTemperature();
        HostFloats factors = HostFloats.of(call.factors());
        HostFloats dY = HostFloats.of(call.dY());
        HostFloats dE = HostFloats.of(call.dE());
        HostFloats dBias = HostFloats.of(call.dBias());
        Product toY = new Product(m, d, c, false);
        toY.a(weights.start, stride, false).b(e.start, d).c(dY.start, d);
        kernels.multiply(toY, weights.array, e.array, dY.array);
        float[] scaled = kernels.gradScratch(m * d);
        for (int i = 0; i < m; i++) {
            float factor = factors.array[factors.start + i];
            kernels.axpy(c, factor, weights.array, weights.start + i * stride, dBias.array, dBias.start);
            for (int j = i * d; j < (i + 1) * d; j++) {
                scaled[j] = y.array[y.start + j] * (factor * scale);
                dY.array[dY.start + j] *= factor * scale;
            }
        }
        Product toE = new Product(c, d, m, true);
        toE.a(weights.start, stride, true).b(0, d).c(dE.start, d);
        kernels.multiply(toE, weights.array, scaled, dE.array);
        finish(call, y, e, targets);
    }

    /**
     * Adds what the products leave out: gradients of single terms, and of the rows' own targets.
     *
     * @param y queries {@code [M, D]}
     * @param e candidates {@code [C, D]}
     * @param targets {@code [M]}
     */
    public void finish(SoftmaxPartialGrad call, HostFloats y, HostFloats e, int[] targets) {
        terms(call.terms(), HostFloats.of(call.dTerms()), HostFloats.of(call.factors()));
        for (int i = 0; i < shape.rows(); i++) {
            if (targets[i] >= 0) {
                target(i, targets[i], call, y, e);
            }
        }
    }

    /** Gradients of the terms, one per term, from the factors {@code [M]} of the rows. */
    private void terms(SparseTerms terms, HostFloats dTerms, HostFloats factors) {
        int[] starts = HostInts.of(terms.rowStart());
        int[] columns = HostInts.of(terms.columns());
        for (int i = 0; i < shape.rows(); i++) {
            float factor = factors.array[factors.start + i];
            int at = weights.start + i * partial.stride();
            for (int t = starts[i]; t < starts[i + 1]; t++) {
                dTerms.array[dTerms.start + t] = weights.array[at + columns[t]] * factor;
            }
        }
    }

    /** The {@code -1} of {@code p - [target]}. */
    private void target(int row, int target, SoftmaxPartialGrad call, HostFloats y, HostFloats e) {
        int d = shape.width();
        float one = -shape.gradientScale();
        HostFloats dY = HostFloats.of(call.dY());
        HostFloats dE = HostFloats.of(call.dE());
        HostFloats dBias = HostFloats.of(call.dBias());
        HostFloats dTerms = HostFloats.of(call.dTerms());
        float scaled = one * shape.inverseTemperature();
        kernels.axpy(d, scaled, e.array, e.start + target * d, dY.array, dY.start + row * d);
        kernels.axpy(d, scaled, y.array, y.start + row * d, dE.array, dE.start + target * d);
        dBias.array[dBias.start + target] += one;
        int[] starts = HostInts.of(call.terms().rowStart());
        int[] columns = HostInts.of(call.terms().columns());
        for (int t = starts[row]; t < starts[row + 1]; t++) {
            dTerms.array[dTerms.start + t] += columns[t] == target ? one : 0f;
        }
    }
}
