package io.freshet.kernel;

/**
 * Shape of causal softmax attention (Vaswani et al., arXiv 1706.03762, section 3.2, as SASRec uses it, arXiv
 * 1808.09781).
 *
 * @param heads H
 * @param headDim width of a head; scores are scaled by {@code 1 / sqrt(headDim)}
 * @param dropout of the attention weights; its counter runs over attended pairs
 */
public record SoftmaxAttentionShape(int heads, int headDim, Dropout dropout) {
    /** Width of queries, of keys, of values. */
    public int width() {
        return heads * headDim;
    }
}
