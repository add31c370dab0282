package io.freshet.kernel.cpu.bf16;

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
import org.jspecify.annotations.Nullable;

/** Kernels that leave everything to others; what is to differ is overridden. */
class ForwardingKernels implements PeerKernels {
    private final PeerKernels to;

    ForwardingKernels(PeerKernels to) {
        this.to = to;
    }

    @Override
    public void linear(int rows, LinearWeights weights, Floats x, @Nullable Floats residual, Floats y) {
        to.linear(rows, weights, x, residual, y);
    }

    @Override
    public void linearSilu(int rows, LinearWeights weights, Floats x, Floats z, Floats a) {
        to.linearSilu(rows, weights, x, z, a);
    }

    @Override
    public void linearBackward(int rows, LinearWeights weights, LinearWeights grad, Floats x, Floats dy, Floats dx) {
        to.linearBackward(rows, weights, grad, x, dy, dx);
    }

    @Override
    public void siluBackward(int count, Floats z, Floats da, Floats dz) {
        to.siluBackward(count, z, da, dz);
    }

    @Override
    public void relu(int count, Floats x) {
        to.relu(count, x);
    }

    @Override
    public void reluBackward(int count, Floats y, Floats dy) {
        to.reluBackward(count, y, dy);
    }

    @Override
    public void dropout(Dropout mask, int count, Floats x) {
        to.dropout(mask, count, x);
    }

    @Override
    public void layerNorm(int rows, NormWeights weights, Floats x, Floats y, Floats stats) {
        to.layerNorm(rows, weights, x, y, stats);
    }

    @Override
    public void layerNormBackward(LayerNormGrad call) {
        to.layerNormBackward(call);
    }

    @Override
    public void gatedNorm(int rows, NormWeights weights, Floats o, Floats projected, Floats g, Floats stats) {
        to.gatedNorm(rows, weights, o, projected, g, stats);
    }

    @Override
    public void gatedNormBackward(GatedNormGrad call) {
        to.gatedNormBackward(call);
    }

    @Override
    public void l2Normalize(int rows, int width, Floats x, Floats y, Floats inverseNorms) {
        to.l2Normalize(rows, width, x, y, inverseNorms);
    }

    @Override
    public void l2NormalizeBackward(L2NormGrad call) {
        to.l2NormalizeBackward(call);
    }

    @Override
    public void attention(JaggedLayout layout, AttentionWeights weights, Floats projected, Floats o) {
        to.attention(layout, weights, projected, o);
    }

    @Override
    public void attentionBackward(
            JaggedLayout layout,
            AttentionWeights weights,
            AttentionWeights grad,
            Floats projected,
            Floats dO,
            Floats dProjected) {
        to.attentionBackward(layout, weights, grad, projected, dO, dProjected);
    }

    @Override
    public void softmaxAttention(
            JaggedLayout layout, SoftmaxAttentionShape shape, Floats queries, Floats keysValues, Floats o) {
        to.softmaxAttention(layout, shape, queries, keysValues, o);
    }

    @Override
    public void softmaxAttentionBackward(SoftmaxAttentionGrad call) {
        to.softmaxAttentionBackward(call);
    }

    @Override
    public void gather(GatherShape shape, Floats table, Ints indices, Floats out) {
        to.gather(shape, table, indices, out);
    }

    @Override
    public void scatterAdd(GatherShape shape, Floats grad, Ints indices, Floats table) {
        to.scatterAdd(shape, grad, indices, table);
    }

    @Override
    public void softmax(SoftmaxShape shape, Floats y, Floats e, SoftmaxBias bias, Ints targets, SoftmaxOutput out) {
        to.softmax(shape, y, e, bias, targets, out);
    }

    @Override
    public void softmaxPartial(
            SoftmaxShape shape, Floats y, Floats e, SoftmaxBias bias, Ints targets, SoftmaxPartial out) {
        to.softmaxPartial(shape, y, e, bias, targets, out);
    }

    @Override
    public void softmaxPartialBackward(SoftmaxShape shape, Floats y, Floats e, Ints targets, SoftmaxPartialGrad call) {
        to.softmaxPartialBackward(shape, y, e, targets, call);
    }

    @Override
    public void sampledSoftmax(
            SampledSoftmaxShape shape, Floats y, Floats e, Ints candidates, SampledSoftmaxOutput out) {
        to.sampledSoftmax(shape, y, e, candidates, out);
    }

    @Override
    public void targetScores(
            int queries, ScoringTable catalogue, Floats y, SparseTerms terms, Ints targets, Floats scores) {
        to.targetScores(queries, catalogue, y, terms, targets, scores);
    }

    @Override
    public void countAbove(
            int queries, ScoringTable catalogue, Floats y, SparseTerms terms, Floats scores, Ints before, Ints counts) {
        to.countAbove(queries, catalogue, y, terms, scores, before, counts);
    }

    @Override
    public int topK(int k, ScoringTable catalogue, Floats y, int[] items, float[] scores) {
        return to.topK(k, catalogue, y, items, scores);
    }

    @Override
    public int topK(ScreenedTopK call, TopItems top) {
        return to.topK(call, top);
    }

    @Override
    public void scores(ScoringTable catalogue, Floats y, Floats out) {
        to.scores(catalogue, y, out);
    }

    @Override
    public void adamW(AdamStep step, int count, AdamState state, Floats grad) {
        to.adamW(step, count, state, grad);
    }

    @Override
    public void copy(int count, Floats x, Floats y) {
        to.copy(count, x, y);
    }

    @Override
    public void addScaled(int count, float factor, Floats x, Floats y) {
        to.addScaled(count, factor, x, y);
    }

    @Override
    public double dot(int count, Floats x, Floats y) {
        return to.dot(count, x, y);
    }

    @Override
    public double sumOfSquares(int count, Floats x) {
        return to.sumOfSquares(count, x);
    }
}
