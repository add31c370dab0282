package io.freshet.kernel;

/**
 * The operators with those of the engine's peers: what only SASRec (its network and its loss) and the scan of a whole
 * catalogue in float32 need, which the engine is measured beside.
 *
 * <p>A device that only runs the engine has no need of them; see {@link Device#openPeerKernels}. The rules of {@link
 * Kernels} hold here too.
 */
public interface PeerKernels extends Kernels {
    /** {@code x = max(x, 0)}: {@code x [count]}, in place. */
    void relu(int count, Floats x);

    /** Backward of {@link #relu}: {@code dy_i = 0} where {@code y_i = 0}: {@code y, dy [count]}, in place. */
    void reluBackward(int count, Floats y, Floats dy);

    /** {@code y [count] = x [count]}. */
    void copy(int count, Floats x, Floats y);

    /**
     * Jagged causal softmax attention: for every sequence and head, {@code o_i = sum_{j<=i} softmax_j(<q_i, k_j> /
     * sqrt(headDim)) v_j}, the weights under dropout.
     *
     * @param queries {@code [T, heads * headDim]}
     * @param keysValues {@code [T, 2 * heads * headDim]}: keys, then values
     * @param o {@code [T, heads * headDim]}, overwritten
     */
    void softmaxAttention(
            JaggedLayout layout, SoftmaxAttentionShape shape, Floats queries, Floats keysValues, Floats o);

    /** Backward of {@link #softmaxAttention}: overwrites {@code dQueries} and {@code dKeysValues}. */
    void softmaxAttentionBackward(SoftmaxAttentionGrad call);

    /**
     * Arguments of {@link #softmaxAttentionBackward}.
     *
     * @param layout of the batch
     * @param shape as in the forward
     * @param queries forward input {@code [T, heads * headDim]}
     * @param keysValues forward input {@code [T, 2 * heads * headDim]}
     * @param dO gradient of the output {@code [T, heads * headDim]}
     * @param dQueries gradient of the queries {@code [T, heads * headDim]}, overwritten
     * @param dKeysValues gradient of keys and values {@code [T, 2 * heads * headDim]}, overwritten
     */
    record SoftmaxAttentionGrad(
            JaggedLayout layout,
            SoftmaxAttentionShape shape,
            Floats queries,
            Floats keysValues,
            Floats dO,
            Floats dQueries,
            Floats dKeysValues) {}

    /**
     * Shape of causal softmax attention (Vaswani et al., arXiv 1706.03762, section 3.2, as SASRec uses it, arXiv
     * 1808.09781).
     *
     * @param heads H
     * @param headDim width of a head; scores are scaled by {@code 1 / sqrt(headDim)}
     * @param dropout of the attention weights; its counter runs over attended pairs
     */
    record SoftmaxAttentionShape(int heads, int headDim, Dropout dropout) {
        /** Width of queries, of keys, of values. */
        public int width() {
            return heads * headDim;
        }
    }

    /**
     * Softmax cross entropy with negatives of each row's own: logit {@code <y_i, e_c> * inverseTemperature}. A negative
     * that is the row's target is left out.
     *
     * @param y queries {@code [M, D]}, normalised by the caller
     * @param e rows {@code [V, D]}, normalised by the caller
     * @param candidates {@code [M, 1 + R]}, rows of {@code e}; the target first
     */
    void sampledSoftmax(SampledSoftmaxShape shape, Floats y, Floats e, Ints candidates, SampledSoftmaxOutput out);

    /**
     * What {@link #sampledSoftmax} writes.
     *
     * @param loss {@code -log p(target)} per row, {@code [M]}
     * @param dY gradient of the queries, {@code [M, D]}, overwritten
     * @param dE gradient of the rows, {@code [V, D]}, added to in order of rows
     */
    record SampledSoftmaxOutput(Floats loss, Floats dY, Floats dE) {}

    /**
     * Shape of a softmax in which every row has its own negatives.
     *
     * @param rows supervised positions, M
     * @param negatives R; a row has {@code 1 + R} candidates, its target first
     * @param width D
     * @param inverseTemperature factor on {@code <y, e>}
     * @param gradientScale factor on every gradient (1 / supervised positions of the whole step)
     */
    record SampledSoftmaxShape(int rows, int negatives, int width, float inverseTemperature, float gradientScale) {}

    /**
     * The {@code k} best items of one query, {@code y [D]}, best first, ties by lower item.
     *
     * @param items receives items, {@code [k]}
     * @param scores receives their scores, {@code [k]}
     * @return number of results, at most {@code k}; items whose bias is negative infinity are left out
     */
    int topK(int k, ScoringTable catalogue, Floats y, int[] items, float[] scores);
}
