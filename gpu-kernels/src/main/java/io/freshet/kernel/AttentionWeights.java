package io.freshet.kernel;

/**
 * The shape and relative bias of pointwise attention (HSTU, arXiv 2402.17152, section 3), or the gradients of its bias.
 *
 * <p>The projected rows are {@code [T, 4 * heads * headDim]}: four parts {@code U | V | Q | K} side by side, in each
 * of them head after head.
 *
 * @param heads H
 * @param headDim width of a head, the same for values, queries and keys
 * @param scoreScale factor on {@code <q, k>}
 * @param rowScale factor on every row's sum; 0: row {@code i} has {@code 1 / (i + 1)}
 * @param window entries per head of {@code position}; a distance beyond the last uses the last
 * @param buckets entries per head of {@code time}
 * @param position bias by distance {@code i - j}, {@code [heads, window]}
 * @param time bias by time bucket, {@code [heads, buckets]}
 */
public record AttentionWeights(
        int heads,
        int headDim,
        float scoreScale,
        float rowScale,
        int window,
        int buckets,
        Floats position,
        Floats time) {
    /** Factor on the sum of row {@code i}, counted inside its sequence from 0. */
    public float rowScale(int i) {
        return rowScale > 0 ? rowScale : 1f / (i + 1);
    }

    /** Width of one of the four parts, H * d. */
    public int width() {
        return heads * headDim;
    }
}
