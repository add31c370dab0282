package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.ScreenedTopK;
import io.freshet.kernel.SoftmaxPartial;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.TopItems;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The operators in plain Java, float32 with sequential sums: what each one means, without regard to speed. The
 * loops inside are {@link ScalarArithmetic}'s, at which faster kernels differ.
 */
public class ScalarKernels extends ScalarArithmetic implements PeerKernels {
    private static final float NORM_FLOOR = 1e-6f;

    /** Scratch for logits, {@code [rows of a tile, C]}, and for scores of items, {@code [items of a tile, queries]}. */
    private float[] logits = new float[0];
    /** Scratch for scores and gradients of a tile of softmax attention, {@code [3, 16, n]}. */
    private float[] attentionRow = new float[0];
    /** Scratch for an operand laid out anew: {@code [d, n]} keys, {@code [D, C]} candidates, {@code [M, D]} queries. */
    private float[] attentionGrad = new float[0];

    private final AttentionTile attentionTile = new AttentionTile();
    private final AdamRow adamRow = new AdamRow();
    /** Starts of weights, first moments, second moments and gradient in their arrays, {@code [4]}. */
    private final int[] adamStarts = new int[4];

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
                add(w.out(), from.array, from.start + r * w.out(), bias.array, bias.start, to.array, at);
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

    /** Scratch of pointwise attention. */
    protected final AttentionTile attentionTile() {
        return attentionTile;
    }

    /** Scratch for scores, at least {@code [n]}. */
    float[] scoreScratch(int n) {
        if (attentionRow.length < n) {
            attentionRow = new float[2 * n];
        }
        return attentionRow;
    }

    /** Scratch for an operand laid out anew, at least {@code [n]}. */
    float[] gradScratch(int n) {
        if (attentionGrad.length < n) {
            attentionGrad = new float[2 * n];
        }
        return attentionGrad;
    }

    /** Scratch for the logits of one query or tile, at least {@code [n]}. */
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
                Arrays.fill(to.array, at, at + d, 0f);
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
    public void softmaxPartial(
            SoftmaxShape shape, Floats y, Floats e, SoftmaxBias bias, Ints targets, SoftmaxPartial out) {
        new PartialSoftmax(this, shape, out).forward(HostFloats.of(y), HostFloats.of(e), bias, HostInts.of(targets));
    }

    @Override
    public void softmaxPartialBackward(SoftmaxShape shape, Floats y, Floats e, Ints targets, SoftmaxPartialGrad call) {
        new PartialSoftmax(this, shape, call.partial())
                .backward(call, HostFloats.of(y), HostFloats.of(e), HostInts.of(targets));
    }

    @Override
    public void sampledSoftmax(
            SampledSoftmaxShape shape, Floats y, Floats e, Ints candidates, SampledSoftmaxOutput out) {
        SampledSoftmax.run(this, shape, HostFloats.of(y), HostFloats.of(e), HostInts.of(candidates), out);
    }

    @Override
    public void targetScores(
            int queries, ScoringTable catalogue, Floats y, SparseTerms terms, Ints targets, Floats scores) {
        new Rankings(this, queries, catalogue)
                .targetScores(HostFloats.of(y), terms, HostInts.of(targets), HostFloats.of(scores));
    }

    @Override
    public void countAbove(
            int queries, ScoringTable catalogue, Floats y, SparseTerms terms, Floats scores, Ints before, Ints counts) {
        new Rankings(this, queries, catalogue)
                .countAbove(HostFloats.of(y), terms, HostFloats.of(scores), HostInts.of(before), HostInts.of(counts));
    }

    @Override
    public int topK(int k, ScoringTable catalogue, Floats y, int[] items, float[] scores) {
        return new Rankings(this, 1, catalogue).topK(k, HostFloats.of(y), items, scores);
    }

    @Override
    public int topK(ScreenedTopK call, TopItems best) {
        return new Screening(this, call).run(best);
    }

    @Override
    public void scores(ScoringTable catalogue, Floats y, Floats out) {
        new Rankings(this, 1, catalogue).scores(HostFloats.of(y), HostFloats.of(out));
    }

    // ---- optimizers and vector operations ---------------------------------------------------------------------

    @Override
    public void adamW(AdamStep step, int count, AdamState state, Floats grad) {
        HostFloats w = HostFloats.of(state.weights());
        HostFloats m = HostFloats.of(state.first());
        HostFloats v = HostFloats.of(state.second());
        HostFloats g = HostFloats.of(grad);
        adamRow.set(step);
        adamStarts[0] = w.start;
        adamStarts[1] = m.start;
        adamStarts[2] = v.start;
        adamStarts[3] = g.start;
        adam(adamRow, count, w.array, m.array, v.array, g.array, adamStarts);
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
    public double dot(int count, Floats x, Floats y) {
        HostFloats left = HostFloats.of(x);
        HostFloats right = HostFloats.of(y);
        float[] a = left.array;
        float[] b = right.array;
        // Four sums side by side: an addition need not wait for the one before.
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = left.start;
        int j = right.start;
        int end = left.start + count;
        for (; i + 4 <= end; i += 4, j += 4) {
            s0 += (double) a[i] * b[j];
            s1 += (double) a[i + 1] * b[j + 1];
            s2 += (double) a[i + 2] * b[j + 2];
            s3 += (double) a[i + 3] * b[j + 3];
        }
        for (; i < end; i++, j++) {
            s0 += (double) a[i] * b[j];
        }
        return (s0 + s1) + (s2 + s3);
    }
}
