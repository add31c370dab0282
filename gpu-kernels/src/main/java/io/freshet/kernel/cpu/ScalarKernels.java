package io.freshet.kernel.cpu;

import io.freshet.kernel.AdamStep;
import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.kernel.Ranking;
import io.freshet.kernel.SampledSoftmaxShape;
import io.freshet.kernel.SoftmaxAttentionShape;
import io.freshet.kernel.SoftmaxOutput;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import org.jspecify.annotations.Nullable;

/**
 * The operators in plain Java, float32 with sequential sums: what each one means, without regard to speed. The inner
 * products, sums of rows and SiLU are the seams at which {@link VectorKernels} differs.
 */
class ScalarKernels implements Kernels {
    private static final float NORM_FLOOR = 1e-6f;

    private float[] logits = new float[0];
    private float[] attentionRow = new float[0];
    private float[] attentionGrad = new float[0];
    private final NormRow norms = new NormRow();
    private final AttentionTile attentionTile = new AttentionTile();

    // ---- seams: what a faster device replaces ----------------------------------------------------------------

    /** {@code c[m, n] (+)= a[m, k] · b[k, n]}. */
    void multiply(Product p, float[] a, float[] b, float[] c) {
        for (int i = 0; i < p.m; i++) {
            int row = p.cStart + i * p.cStride;
            if (!p.add) {
                java.util.Arrays.fill(c, row, row + p.n, 0f);
            }
            for (int l = 0; l < p.k; l++) {
                float factor = a[p.aStart + (p.aTransposed ? l * p.aStride + i : i * p.aStride + l)];
                int from = p.bStart + l * p.bStride;
                for (int j = 0; j < p.n; j++) {
                    c[row + j] = Math.fma(factor, b[from + j], c[row + j]);
                }
            }
        }
    }

    /** {@code c[m, n] (+)= a[m, k] · b[n, k]ᵀ}. */
    void multiplyTransposed(Product p, float[] a, float[] b, float[] c) {
        for (int i = 0; i < p.m; i++) {
            for (int j = 0; j < p.n; j++) {
                float sum = dot(p.k, a, p.aStart + i * p.aStride, b, p.bStart + j * p.bStride);
                int at = p.cStart + i * p.cStride + j;
                c[at] = p.add ? c[at] + sum : sum;
            }
        }
    }

    /** Inner product of {@code n} values. */
    float dot(int n, float[] a, int aStart, float[] b, int bStart) {
        float sum = 0;
        for (int i = 0; i < n; i++) {
            sum = Math.fma(a[aStart + i], b[bStart + i], sum);
        }
        return sum;
    }

    /** {@code y += factor * x}, {@code n} values. */
    void axpy(int n, float factor, float[] x, int xStart, float[] y, int yStart) {
        for (int i = 0; i < n; i++) {
            y[yStart + i] = Math.fma(factor, x[xStart + i], y[yStart + i]);
        }
    }

    /** {@code y = factor * y + x}, {@code n} values. */
    void scaleAdd(int n, float factor, float[] x, int xStart, float[] y, int yStart) {
        for (int i = 0; i < n; i++) {
            y[yStart + i] = Math.fma(y[yStart + i], factor, x[xStart + i]);
        }
    }

    /** {@code a = SiLU(z)}, {@code n} values. */
    void silu(int n, float[] z, int zStart, float[] a, int aStart) {
        for (int i = 0; i < n; i++) {
            a[aStart + i] = Exponential.silu(z[zStart + i]);
        }
    }

    /** {@code x = SiLU'(z) .* g}, {@code n} values; {@code x} may be {@code g}. */
    void siluSlope(int n, float[] z, int zStart, float[] g, int gStart, float[] x, int xStart) {
        for (int i = 0; i < n; i++) {
            x[xStart + i] = Exponential.siluSlope(z[zStart + i]) * g[gStart + i];
        }
    }

    /** {@code x = exp(x - shift)}, {@code n} values; gives their sum. */
    double exponentials(int n, float[] x, int start, float shift) {
        double sum = 0;
        for (int i = start; i < start + n; i++) {
            x[i] = Exponential.exp(x[i] - shift);
            sum += x[i];
        }
        return sum;
    }

    /** Largest of {@code n} values. */
    float maximum(int n, float[] x, int start) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = start; i < start + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    /** Arithmetic on rows of norms. */
    NormRow normRow() {
        return norms;
    }

    /** Replaces a tile's products by {@code SiLU(product + position + time) * rowScale}, past the diagonal too. */
    void attentionWeights(AttentionTile t) {
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < AttentionTile.ROWS; r++) {
                int at = j * AttentionTile.ROWS + r;
                t.scores[at] = Exponential.silu(t.scores[at] + t.position[bias + r] + t.times[at]) * t.rowScales[r];
            }
        }
    }

    /**
     * Replaces a tile's products by the same weights P, and {@code gradients} (of the weights) by those of the scores,
     * {@code dS = gradient .* SiLU'(score) * rowScale}.
     */
    void attentionSlopes(AttentionTile t) {
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < AttentionTile.ROWS; r++) {
                int at = j * AttentionTile.ROWS + r;
                float score = t.scores[at] + t.position[bias + r] + t.times[at];
                float sigmoid = Exponential.sigmoid(score);
                float weight = score * sigmoid;
                t.scores[at] = weight * t.rowScales[r];
                t.gradients[at] *= Math.fma(weight, 1f - sigmoid, sigmoid) * t.rowScales[r];
            }
        }
    }

    // ---- linear layers ----------------------------------------------------------------------------------------

    @Override
    public void linear(int rows, LinearWeights w, Floats x, @Nullable Floats residual, Floats y) {
        HostFloats to = HostFloats.of(y);
        HostFloats bias = HostFloats.of(w.bias());
        for (int r = 0; r < rows; r++) {
            int at = to.start + r * w.out();
            if (residual == null) {
                System.arraycopy(bias.array, bias.start, to.array, at, w.out());
            } else {
                HostFloats from = HostFloats.of(residual);
                for (int j = 0; j < w.out(); j++) {
                    to.array[at + j] = from.array[from.start + r * w.out() + j] + bias.array[bias.start + j];
                }
            }
        }
        HostFloats in = HostFloats.of(x);
        HostFloats matrix = HostFloats.of(w.matrix());
        Product p = new Product(rows, w.out(), w.in(), true);
        p.a(in.start, w.in(), false).b(matrix.start, w.out()).c(to.start, w.out());
        multiply(p, in.array, matrix.array, to.array);
    }

    @Override
    public void linearSilu(int rows, LinearWeights w, Floats x, Floats z, Floats a) {
        linear(rows, w, x, null, z);
        HostFloats from = HostFloats.of(z);
        HostFloats to = HostFloats.of(a);
        silu(rows * w.out(), from.array, from.start, to.array, to.start);
    }

    @Override
    public void linearBackward(int rows, LinearWeights w, LinearWeights grad, Floats x, Floats dy, Floats dx) {
        HostFloats in = HostFloats.of(x);
        HostFloats dOut = HostFloats.of(dy);
        HostFloats dIn = HostFloats.of(dx);
        HostFloats matrix = HostFloats.of(w.matrix());
        HostFloats dMatrix = HostFloats.of(grad.matrix());
        HostFloats dBias = HostFloats.of(grad.bias());
        for (int r = 0; r < rows; r++) {
            axpy(w.out(), 1f, dOut.array, dOut.start + r * w.out(), dBias.array, dBias.start);
        }
        Product weights = new Product(w.in(), w.out(), rows, true);
        weights.a(in.start, w.in(), true).b(dOut.start, w.out()).c(dMatrix.start, w.out());
        multiply(weights, in.array, dOut.array, dMatrix.array);
        Product inputs = new Product(rows, w.in(), w.out(), false);
        inputs.a(dOut.start, w.out(), false).b(matrix.start, w.out()).c(dIn.start, w.in());
        multiplyTransposed(inputs, dOut.array, matrix.array, dIn.array);
    }

    @Override
    public void siluBackward(int count, Floats z, Floats da, Floats dz) {
        HostFloats from = HostFloats.of(z);
        HostFloats g = HostFloats.of(da);
        HostFloats to = HostFloats.of(dz);
        siluSlope(count, from.array, from.start, g.array, g.start, to.array, to.start);
    }

    @Override
    public void relu(int count, Floats x) {
        HostFloats to = HostFloats.of(x);
        for (int i = to.start; i < to.start + count; i++) {
            to.array[i] = Math.max(to.array[i], 0f);
        }
    }

    @Override
    public void reluBackward(int count, Floats y, Floats dy) {
        HostFloats from = HostFloats.of(y);
        HostFloats to = HostFloats.of(dy);
        for (int i = 0; i < count; i++) {
            to.array[to.start + i] = from.array[from.start + i] > 0 ? to.array[to.start + i] : 0f;
        }
    }

    @Override
    public void dropout(Dropout mask, int count, Floats x) {
        if (mask.rate() == 0) {
            return;
        }
        HostFloats to = HostFloats.of(x);
        for (int i = 0; i < count; i++) {
            to.array[to.start + i] *= mask.factor(i);
        }
    }

    // ---- normalisation ----------------------------------------------------------------------------------------

    @Override
    public void layerNorm(int rows, NormWeights w, Floats x, Floats y, Floats stats) {
        Norms.forward(normRow(), new Norms.Forward(rows, w, x, null, y, stats));
    }

    @Override
    public void layerNormBackward(LayerNormGrad call) {
        Norms.backward(normRow(), call);
    }

    @Override
    public void gatedNorm(int rows, NormWeights w, Floats o, Floats projected, Floats g, Floats stats) {
        Norms.forward(normRow(), new Norms.Forward(rows, w, o, projected, g, stats));
    }

    @Override
    public void gatedNormBackward(GatedNormGrad call) {
        Norms.backward(normRow(), call);
    }

    @Override
    public void l2Normalize(int rows, int width, Floats x, Floats y, Floats inverseNorms) {
        HostFloats from = HostFloats.of(x);
        HostFloats to = HostFloats.of(y);
        HostFloats inverse = HostFloats.of(inverseNorms);
        for (int r = 0; r < rows; r++) {
            int at = from.start + r * width;
            float squares = dot(width, from.array, at, from.array, at);
            float factor = 1f / Math.max((float) Math.sqrt(squares), NORM_FLOOR);
            inverse.array[inverse.start + r] = factor;
            for (int i = 0; i < width; i++) {
                to.array[to.start + r * width + i] = from.array[at + i] * factor;
            }
        }
    }

    @Override
    public void l2NormalizeBackward(L2NormGrad call) {
        HostFloats y = HostFloats.of(call.y());
        HostFloats dy = HostFloats.of(call.dy());
        HostFloats dx = HostFloats.of(call.dx());
        HostFloats inverse = HostFloats.of(call.inverseNorms());
        int d = call.width();
        for (int r = 0; r < call.rows(); r++) {
            float along = dot(d, y.array, y.start + r * d, dy.array, dy.start + r * d);
            float factor = inverse.array[inverse.start + r];
            axpy(d, factor, dy.array, dy.start + r * d, dx.array, dx.start + r * d);
            axpy(d, -factor * along, y.array, y.start + r * d, dx.array, dx.start + r * d);
        }
    }

    // ---- attention --------------------------------------------------------------------------------------------

    @Override
    public void attention(JaggedLayout layout, AttentionWeights w, Floats projected, Floats o) {
        new Attention(this, layout, w, HostFloats.of(projected)).forward(HostFloats.of(o));
    }

    @Override
    public void attentionBackward(
            JaggedLayout layout,
            AttentionWeights w,
            AttentionWeights grad,
            Floats projected,
            Floats dO,
            Floats dProjected) {
        new Attention(this, layout, w, HostFloats.of(projected))
                .backward(grad, HostFloats.of(dO), HostFloats.of(dProjected));
    }

    @Override
    public void softmaxAttention(
            JaggedLayout layout, SoftmaxAttentionShape shape, Floats queries, Floats keysValues, Floats o) {
        new SoftmaxAttention(this, layout, shape, HostFloats.of(queries), HostFloats.of(keysValues))
                .forward(HostFloats.of(o));
    }

    @Override
    public void softmaxAttentionBackward(SoftmaxAttentionGrad call) {
        new SoftmaxAttention(
                        this,
                        call.layout(),
                        call.shape(),
                        HostFloats.of(call.queries()),
                        HostFloats.of(call.keysValues()))
                .backward(HostFloats.of(call.dO()), HostFloats.of(call.dQueries()), HostFloats.of(call.dKeysValues()));
    }

    AttentionTile attentionTile() {
        return attentionTile;
    }

    /** Scratch for one row of scores. */
    float[] scoreScratch(int n) {
        if (attentionRow.length < n) {
            attentionRow = new float[2 * n];
        }
        return attentionRow;
    }

    /** A second row of scratch. */
    float[] gradScratch(int n) {
        if (attentionGrad.length < n) {
            attentionGrad = new float[2 * n];
        }
        return attentionGrad;
    }

    /** Scratch for the logits of one query or tile. */
    float[] logitScratch(int n) {
        if (logits.length < n) {
            logits = new float[2 * n];
        }
        return logits;
    }

    // ---- rows -------------------------------------------------------------------------------------------------

    @Override
    public void gather(GatherShape shape, Floats table, Ints indices, Floats out) {
        HostFloats from = HostFloats.of(table);
        HostFloats to = HostFloats.of(out);
        int[] rows = HostInts.of(indices);
        int d = shape.width();
        for (int t = 0; t < shape.rows(); t++) {
            int at = to.start + t * d;
            if (!shape.add()) {
                java.util.Arrays.fill(to.array, at, at + d, 0f);
            }
            if (rows[t] >= 0) {
                axpy(d, shape.scale(), from.array, from.start + rows[t] * d, to.array, at);
            }
        }
    }

    @Override
    public void scatterAdd(GatherShape shape, Floats grad, Ints indices, Floats table) {
        HostFloats from = HostFloats.of(grad);
        HostFloats to = HostFloats.of(table);
        int[] rows = HostInts.of(indices);
        int d = shape.width();
        for (int t = 0; t < shape.rows(); t++) {
            if (rows[t] >= 0) {
                axpy(d, shape.scale(), from.array, from.start + t * d, to.array, to.start + rows[t] * d);
            }
        }
    }

    // ---- loss and ranking -------------------------------------------------------------------------------------

    @Override
    public void softmax(SoftmaxShape shape, Floats y, Floats e, SoftmaxBias bias, Ints targets, SoftmaxOutput out) {
        new Softmax(this, shape, bias).run(HostFloats.of(y), HostFloats.of(e), HostInts.of(targets), out);
    }

    @Override
    public void sampledSoftmax(
            SampledSoftmaxShape shape, Floats y, Floats e, Ints candidates, SampledSoftmaxOutput out) {
        SampledSoftmax.run(this, shape, HostFloats.of(y), HostFloats.of(e), HostInts.of(candidates), out);
    }

    @Override
    public void rank(int queries, Ranking catalogue, Floats y, SparseTerms terms, Ints targets, Ints ranks) {
        new Rankings(this, queries, catalogue).rank(HostFloats.of(y), terms, HostInts.of(targets), HostInts.of(ranks));
    }

    @Override
    public int topK(int k, Ranking catalogue, Floats y, int[] items, float[] scores) {
        return new Rankings(this, 1, catalogue).topK(k, HostFloats.of(y), items, scores);
    }

    @Override
    public void scores(Ranking catalogue, Floats y, Floats out) {
        new Rankings(this, 1, catalogue).scores(HostFloats.of(y), HostFloats.of(out));
    }

    // ---- optimizers and vector operations ---------------------------------------------------------------------

    @Override
    public void adamW(AdamStep step, int count, AdamState state, Floats grad) {
        HostFloats w = HostFloats.of(state.weights());
        HostFloats m = HostFloats.of(state.first());
        HostFloats v = HostFloats.of(state.second());
        HostFloats g = HostFloats.of(grad);
        float correct1 = (float) (1 / (1 - StrictMath.pow(step.beta1(), step.step())));
        float correct2 = (float) (1 / (1 - StrictMath.pow(step.beta2(), step.step())));
        float keep = 1 - step.learningRate() * step.weightDecay();
        for (int i = 0; i < count; i++) {
            float gi = g.array[g.start + i];
            float mi = step.beta1() * m.array[m.start + i] + (1 - step.beta1()) * gi;
            float vi = step.beta2() * v.array[v.start + i] + (1 - step.beta2()) * gi * gi;
            m.array[m.start + i] = mi;
            v.array[v.start + i] = vi;
            float update = mi * correct1 / ((float) Math.sqrt(vi * correct2) + step.epsilon());
            w.array[w.start + i] = keep * w.array[w.start + i] - step.learningRate() * update;
        }
    }

    @Override
    public void average(int count, float decay, Floats x, Floats y) {
        HostFloats from = HostFloats.of(x);
        HostFloats to = HostFloats.of(y);
        for (int i = 0; i < count; i++) {
            to.array[to.start + i] = decay * to.array[to.start + i] + (1 - decay) * from.array[from.start + i];
        }
    }

    @Override
    public void copy(int count, Floats x, Floats y) {
        HostFloats from = HostFloats.of(x);
        HostFloats to = HostFloats.of(y);
        System.arraycopy(from.array, from.start, to.array, to.start, count);
    }

    @Override
    public void addScaled(int count, float factor, Floats x, Floats y) {
        HostFloats from = HostFloats.of(x);
        HostFloats to = HostFloats.of(y);
        axpy(count, factor, from.array, from.start, to.array, to.start);
    }

    @Override
    public double sumOfSquares(int count, Floats x) {
        HostFloats from = HostFloats.of(x);
        double sum = 0;
        for (int i = from.start; i < from.start + count; i++) {
            sum += (double) from.array[i] * from.array[i];
        }
        return sum;
    }
}
