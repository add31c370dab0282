package io.freshet.train.loss;

import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.model.LogitBiases;
import io.freshet.model.items.ItemDirectory;
import io.freshet.train.items.ItemShard;

/**
 * One shard's part of the gradients of the logit weights: of popularity, recent popularity, the lags' co-occurrences,
 * and the logit scale.
 */
final class LogitWeightGradients {
    private final Kernels kernels;
    private final ItemShard shard;
    private final ItemDirectory directory;
    private double popularity;
    private double recentPopularity;
    private double logitScale;
    /** Of the lags' weights, {@code [G]}. */
    private float[] lags = new float[LogitBiases.LAG_WEIGHTS];
    /** Gradient of the candidates' biases on the host, {@code [C]}. */
    private float[] hostBiases = new float[0];

    LogitWeightGradients(Kernels kernels, ItemShard shard, ItemDirectory directory) {
        this.kernels = kernels;
        this.shard = shard;
        this.directory = directory;
    }

    /**
     * Computes them from what the softmax left.
     *
     * @param values number of values of the queries, {@code M * D}
     * @param queries {@code [M, D]}
     */
    void compute(int values, Floats queries, ShardSoftmax softmax, LogitTerms terms, BatchRows rows, long tick) {
        lags = terms.weightGradient();
        // A query's scale is its derivative's product with itself: the logit is linear in both.
        logitScale = kernels.dot(values, queries, softmax.dQueries());
        int candidates = rows.candidates();
        if (hostBiases.length < candidates) {
            hostBiases = new float[2 * candidates];
        }
        softmax.dBiases().download(0, hostBiases, 0, candidates);
        popularity = 0;
        recentPopularity = 0;
        for (int c = 0; c < candidates; c++) {
            int itemIndex = shard.itemIndex(rows.shardRow(c));
            popularity += hostBiases[c] * (double) directory.logPopularity(itemIndex, tick);
            recentPopularity += hostBiases[c] * (double) directory.logRecentPopularity(itemIndex, tick);
        }
    }

    /** Gradient of one logit weight, in {@code [0, B)}. */
    double of(int weight) {
        return switch (weight) {
            case LogitBiases.POPULARITY -> popularity;
            case LogitBiases.RECENT_POPULARITY -> recentPopularity;
            case LogitBiases.LOGIT_SCALE -> logitScale;
            default -> lags[weight - LogitBiases.CO_OCCURRENCES];
        };
    }
}
