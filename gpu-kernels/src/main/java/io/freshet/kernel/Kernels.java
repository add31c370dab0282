package io.freshet.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The operators that the sequence model is made of: few and coarse.
 *
 * <p>Rules that hold for all: matrices are row-major and start at position 0 of their block; counts are in rows;
 * accumulation is float32 or wider; inputs and outputs do not overlap unless the method says so; a count of 0 is
 * allowed and does nothing; nothing is allocated once sizes have settled. The order of every sum is a function of the
 * shapes alone, so the same inputs give the same bits on every call, on every thread.
 */
public interface Kernels {

    // ---- linear layers ----------------------------------------------------------------------------------------

    /**
     * {@code y = x · matrix + bias (+ residual)}: {@code x [rows, in]}, {@code residual, y [rows, out]}; {@code
     * residual} may be {@code y}.
     */
    void linear(int rows, LinearWeights weights, Floats x, @Nullable Floats residual, Floats y);

    /** {@code z = x · matrix + bias; a = SiLU(z)}: {@code x [rows, in]}, {@code z, a [rows, out]}. */
    void linearSilu(int rows, LinearWeights weights, Floats x, Floats z, Floats a);

    /**
     * Backward of {@link #linear}: {@code grad.matrix += xᵀ·dy; grad.bias += column sums of dy; dx = dy · matrixᵀ}
     * (overwritten); {@code x, dx [rows, in]}, {@code dy [rows, out]}.
     */
    void linearBackward(int rows, LinearWeights weights, LinearWeights grad, Floats x, Floats dy, Floats dx);

    /** {@code dz = da .* SiLU'(z)}: {@code z, da, dz [count]}; {@code dz} may be {@code da}. */
    void siluBackward(int count, Floats z, Floats da, Floats dz);

    /** Multiplies {@code x [count]} by the mask's factors, in place; its own backward. */
    void dropout(Dropout mask, int count, Floats x);

    // ---- normalisation ----------------------------------------------------------------------------------------

    /**
     * {@code y = (x - mean) / sqrt(var + eps) * gamma + beta} per row; {@code stats [rows, 2]} receives mean and
     * {@code 1 / sqrt(var + eps)}; {@code x, y [rows, width]}.
     */
    void layerNorm(int rows, NormWeights weights, Floats x, Floats y, Floats stats);

    /** Backward of {@link #layerNorm}: <em>adds</em> to {@code grad} and to {@code dx}. */
    void layerNormBackward(LayerNormGrad call);

    /**
     * Arguments of {@link #layerNormBackward}.
     *
     * @param rows rows
     * @param weights forward weights
     * @param grad receives the weights' gradients, added to
     * @param x forward input {@code [rows, width]}
     * @param stats forward statistics {@code [rows, 2]}
     * @param dy gradient of the output {@code [rows, width]}
     * @param dx gradient of the input {@code [rows, width]}, added to
     */
    record LayerNormGrad(
            int rows, NormWeights weights, NormWeights grad, Floats x, Floats stats, Floats dy, Floats dx) {}

    /**
     * Gated norm: {@code g = U .* LayerNorm(o)}. {@code projected [rows, 4 * width]} holds U in its first part;
     * {@code o, g [rows, width]}; {@code stats [rows, 2]}.
     */
    void gatedNorm(int rows, NormWeights weights, Floats o, Floats projected, Floats g, Floats stats);

    /** Backward of {@link #gatedNorm}: writes the U part of {@code dProjected} and {@code dO}, adds to {@code grad}. */
    void gatedNormBackward(GatedNormGrad call);

    /**
     * Arguments of {@link #gatedNormBackward}.
     *
     * @param rows rows
     * @param weights forward weights
     * @param grad receives the weights' gradients, added to
     * @param o forward attention output {@code [rows, width]}
     * @param projected forward projection {@code [rows, 4 * width]}, U first
     * @param stats forward statistics {@code [rows, 2]}
     * @param dG gradient of the output {@code [rows, width]}
     * @param dO gradient of {@code o}, {@code [rows, width]}, overwritten
     * @param dProjected gradient of {@code projected}, {@code [rows, 4 * width]}; its U part is overwritten, the rest
     *     untouched
     */
    record GatedNormGrad(
            int rows,
            NormWeights weights,
            NormWeights grad,
            Floats o,
            Floats projected,
            Floats stats,
            Floats dG,
            Floats dO,
            Floats dProjected) {}

    /**
     * {@code y_r = x_r / max(|x_r|, 1e-6)}: {@code x, y [rows, width]}; {@code inverseNorms [rows]} receives
     * {@code 1 / max(|x_r|, 1e-6)}.
     */
    void l2Normalize(int rows, int width, Floats x, Floats y, Floats inverseNorms);

    /** Backward of {@link #l2Normalize}: {@code dx_r += (dy_r - y_r <y_r, dy_r>) * inverseNorms_r}. */
    void l2NormalizeBackward(L2NormGrad call);

    /**
     * Arguments of {@link #l2NormalizeBackward}: {@code y, dy, dx [rows, width]}, {@code inverseNorms [rows]}; {@code
     * dx} is added to.
     */
    record L2NormGrad(int rows, int width, Floats y, Floats inverseNorms, Floats dy, Floats dx) {}

    // ---- attention --------------------------------------------------------------------------------------------

    /**
     * Jagged pointwise attention, forward: for every sequence and head, {@code o_i = rowScale_i * sum_{j<=i}
     * SiLU(<q_i, k_j> * scoreScale + position[i-j] + time[bucket_ij]) v_j}, where {@code i} counts inside the sequence
     * from 0. Rows before the layout's {@link JaggedLayout#firstComputed} are left out.
     *
     * @param projected {@code [T, 4 * heads * headDim]}: U, V, Q, K
     * @param o {@code [T, heads * headDim]}, overwritten where it is computed
     */
    void attention(JaggedLayout layout, AttentionWeights weights, Floats projected, Floats o);

    /**
     * Backward of {@link #attention}: overwrites the V, Q and K parts of {@code dProjected} (U untouched), adds to the
     * two bias tables of {@code grad}. Rows that forward left out have no gradient, whatever {@code dO} says.
     *
     * @param projected forward input {@code [T, 4 * heads * headDim]}
     * @param dO gradient of the output {@code [T, heads * headDim]}
     * @param dProjected gradient of the input {@code [T, 4 * heads * headDim]}
     */
    void attentionBackward(
            JaggedLayout layout,
            AttentionWeights weights,
            AttentionWeights grad,
            Floats projected,
            Floats dO,
            Floats dProjected);

    // ---- rows -------------------------------------------------------------------------------------------------

    /**
     * {@code out_t = scale * table[index_t]}, or added to {@code out_t} if {@code add}. A negative index contributes
     * nothing (zeroes, when not adding).
     *
     * @param table {@code [.., width]}
     * @param indices rows of the table, {@code [rows]}
     * @param out {@code [rows, width]}
     */
    void gather(GatherShape shape, Floats table, Ints indices, Floats out);

    /**
     * Backward of {@link #gather}: {@code table[index_t] += scale * grad_t}, in order of t; negative indices are
     * skipped.
     *
     * @param grad {@code [rows, width]}
     * @param indices rows of the table, {@code [rows]}
     * @param table {@code [.., width]}, added to
     */
    void scatterAdd(GatherShape shape, Floats grad, Ints indices, Floats table);

    /**
     * Shape of a gather or scatter.
     *
     * @param rows number of indices
     * @param width row width
     * @param scale factor
     * @param add gather only: add to the output rather than overwrite it
     */
    record GatherShape(int rows, int width, float scale, boolean add) {}

    // ---- loss and ranking -------------------------------------------------------------------------------------

    /**
     * Softmax cross entropy over shared candidates, with gradients, without an {@code [M, C]} array: logit
     * {@code s_ic = <y_i, e_c> * inverseTemperature + bias_c + terms_ic}; row {@code i}'s target is candidate
     * {@code targets_i}. A row's own target takes the target bias instead of {@code bias_c}: it is always among the
     * candidates, so nothing is to be corrected for it. A candidate with a bias of negative infinity is masked.
     *
     * @param y queries {@code [M, D]}, normalised by the caller
     * @param e candidates {@code [C, D]}, normalised by the caller
     * @param bias see above
     * @param targets {@code [M]}, in {@code [0, C)}
     */
    void softmax(SoftmaxShape shape, Floats y, Floats e, SoftmaxBias bias, Ints targets, SoftmaxOutput out);

    /**
     * Additive terms of {@link #softmax}.
     *
     * @param candidates on the logits of candidates, {@code [C]}: popularity term less sampling correction
     * @param target on the logit of a row's own target, {@code [C]}: popularity term alone
     * @param terms on single logits
     */
    record SoftmaxBias(Floats candidates, Floats target, SparseTerms terms) {}

    /**
     * What {@link #softmax} writes.
     *
     * @param loss {@code -log p(target)} per row, {@code [M]}
     * @param dY gradient of the queries, {@code [M, D]}, overwritten
     * @param dE gradient of the candidates, {@code [C, D]}, added to
     * @param dBias gradient of the candidates' bias, {@code [C]}, added to
     * @param dTerms gradient of the sparse terms, {@code [rowStart_M]}, overwritten
     */
    record SoftmaxOutput(Floats loss, Floats dY, Floats dE, Floats dBias, Floats dTerms) {}

    /**
     * First half of a softmax over candidates that are spread over shards, for one shard: logits as in {@link
     * #softmax}, their exponentials and sums. {@code shape.candidates} are this shard's; 0 is allowed.
     *
     * @param y queries {@code [M, D]}, normalised by the caller
     * @param e this shard's candidates {@code [C, D]}, normalised by the caller
     * @param bias additive terms, of this shard's candidates
     * @param targets {@code [M]}, in {@code [0, C)}; negative where the target stands in another shard
     * @param out overwritten
     */
    void softmaxPartial(SoftmaxShape shape, Floats y, Floats e, SoftmaxBias bias, Ints targets, SoftmaxPartial out);

    /**
     * Second half of {@link #softmaxPartial}, once the sums of all shards are known: this shard's gradients. Queries
     * {@code y [M, D]}, candidates {@code e [C, D]} and {@code targets [M]} are those of the first half.
     */
    void softmaxPartialBackward(SoftmaxShape shape, Floats y, Floats e, Ints targets, SoftmaxPartialGrad call);

    /**
     * Arguments of {@link #softmaxPartialBackward}.
     *
     * @param partial what the first half left
     * @param terms the first half's terms on single logits
     * @param factors {@code [M]}: what makes a weight the gradient of its logit, {@code gradientScale * exp(max_k -
     *     max) / sum}, with maximum and sum over all shards
     * @param dY this shard's part of the queries' gradient, {@code [M, D]}, overwritten
     * @param dE gradient of the candidates, {@code [C, D]}, added to
     * @param dBias gradient of the candidates' bias, {@code [C]}, added to
     * @param dTerms gradient of the terms, {@code [rowStart_M]}, overwritten
     */
    record SoftmaxPartialGrad(
            SoftmaxPartial partial,
            SparseTerms terms,
            Floats factors,
            Floats dY,
            Floats dE,
            Floats dBias,
            Floats dTerms) {}

    /**
     * Scores of known items, computed the same way as by {@link #countAbove}: {@code scores_q} is that of item
     * {@code targets_q} for query {@code q}, negative infinity where the target is negative.
     *
     * @param y {@code [queries, D]}
     * @param terms added to single scores; their columns are items
     * @param targets item of each query, {@code [queries]}
     * @param scores {@code [queries]}, overwritten
     */
    void targetScores(int queries, ScoringTable catalogue, Floats y, SparseTerms terms, Ints targets, Floats scores);

    /**
     * How many items of a catalogue, or of one shard of it, stand before a score: for each query those that score
     * strictly above {@code scores_q}, plus those with the same score whose index is below {@code before_q}.
     *
     * @param y {@code [queries, D]}
     * @param terms added to single scores; their columns are items
     * @param scores {@code [queries]}
     * @param before index that equal scores have to be below, {@code [queries]}
     * @param counts {@code [queries]}, overwritten
     */
    void countAbove(
            int queries, ScoringTable catalogue, Floats y, SparseTerms terms, Floats scores, Ints before, Ints counts);

    /**
     * The best items of one query, with their scores: those of {@link #scores} with the terms added, bits included, and
     * in the same order. Items are left out unscored where a bound on their score, computed from int8, proves that they
     * cannot be among the best.
     *
     * @param best receives them; empty before, and not finished
     * @return number of items that were scored
     */
    int topK(ScreenedTopK call, TopItems best);

    /** Scores of all items, {@code out [V]}, for one query, {@code y [D]}. */
    void scores(ScoringTable catalogue, Floats y, Floats out);

    // ---- optimizers and vector operations ---------------------------------------------------------------------

    /** AdamW on {@code count} values: weights and moments are updated, {@code grad [count]} is read. */
    void adamW(AdamStep step, int count, AdamState state, Floats grad);

    /**
     * Constants of one AdamW step (Loshchilov and Hutter, arXiv 1711.05101).
     *
     * @param learningRate of this step, after warm-up
     * @param beta1 decay of the first moment
     * @param beta2 decay of the second moment
     * @param epsilon added to the root of the corrected second moment
     * @param weightDecay decoupled decay: weights lose this times the learning rate of themselves
     * @param step number of this step, from 1 (bias correction)
     */
    record AdamStep(float learningRate, float beta1, float beta2, float epsilon, float weightDecay, long step) {}

    /** Weights and moments that {@link #adamW} updates: {@code weights, first, second [count]}. */
    record AdamState(Floats weights, Floats first, Floats second) {}

    /** {@code y [count] += factor * x [count]}. */
    void addScaled(int count, float factor, Floats x, Floats y);

    /** Scalar product of {@code x, y [count]}, accumulated in float64. */
    double dot(int count, Floats x, Floats y);

    /** Sum of squares of {@code x [count]}, accumulated in float64; not finite if any value is not. */
    default double sumOfSquares(int count, Floats x) {
        return dot(count, x, x);
    }
}
