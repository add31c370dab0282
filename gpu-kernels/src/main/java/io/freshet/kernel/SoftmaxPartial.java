package io.freshet.kernel;

/**
 * What one shard of the candidates knows of a softmax over all of them, for {@code M} queries: with the same of the
 * other shards, {@code log sum_c exp(s_ic)} is {@code max + log sum_k sum_k * exp(max_k - max)} over shards {@code k}
 * (the vocabulary-parallel loss of Shoeybi et al., 2019, section 3).
 *
 * @param weights {@code exp(s_ic - max_i)} of this shard's candidates, {@code [M, stride]}
 * @param stride distance of rows in {@code weights}; see {@link #stride(int)}
 * @param max largest logit per query, {@code [M]}; negative infinity where the shard has no unmasked candidate
 * @param sum sum of the weights per query, {@code [M]}
 * @param target logit of the query's target where it stands in this shard, {@code [M]}; else 0
 */
public record SoftmaxPartial(Floats weights, int stride, Floats max, Floats sum, Floats target) {
    /** Distance of rows for a number of candidates: whole vectors, and never a multiple of 1 KiB. */
    public static int stride(int candidates) {
        int whole = (candidates + 15) / 16 * 16;
        return whole % 256 == 0 ? whole + 16 : whole;
    }
}
