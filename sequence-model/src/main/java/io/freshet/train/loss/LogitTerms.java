package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.SparseTerms;
import io.freshet.model.LogitBiases;
import io.freshet.model.cooccurrence.CoOccurrenceTerms;
import io.freshet.model.cooccurrence.CoOccurrences;
import io.freshet.model.cooccurrence.HistoryReading;
import io.freshet.train.items.ItemShard;

/**
 * What co-occurrences with a position's history add to single logits of one shard: once with batchRows as columns, for
 * the softmax, and once with shardRows, for ranks. If every item is a candidate the two are the same.
 */
final class LogitTerms {
    private final ItemShard shard;
    private final CoOccurrenceTerms byBatchRow;
    private final CoOccurrenceTerms byShardRow;
    /** Terms of candidates, {@code [M, C]} sparse. */
    private SparseTerms candidates;
    /** Terms of all items of the shard that can be ranked, {@code [M, Vs]} sparse. */
    private SparseTerms items;

    LogitTerms(Device device, ItemShard shard) {
        this.shard = shard;
        byBatchRow = new CoOccurrenceTerms(device);
        byShardRow = new CoOccurrenceTerms(device);
        candidates = byBatchRow.upload();
        items = candidates;
    }

    /**
     * Reads the terms of all positions. With a full softmax what must not be ranked is left out by its bias, else by
     * having no term.
     */
    void build(StepPositions positions, StepContext context, BatchRows rows) {
        byBatchRow.clear();
        byShardRow.clear();
        CoOccurrences.LagWeights weights =
                new CoOccurrences.LagWeights(context.logitWeights(), LogitBiases.CO_OCCURRENCES);
        CoOccurrences.Columns candidateRow = new CoOccurrences.Columns(shard, rows::candidateRowOf);
        CoOccurrences.Columns rankableRow = new CoOccurrences.Columns(
                shard, shardRow -> shard.itemIndex(shardRow) < context.rankable() ? shardRow : -1);
        for (int i = 0; i < positions.count(); i++) {
            HistoryReading reading = positions.reading(i);
            shard.coOccurrences().terms(reading, candidateRow, weights, byBatchRow);
            byBatchRow.endRow();
            if (!context.full()) {
                shard.coOccurrences().terms(reading, rankableRow, weights, byShardRow);
                byShardRow.endRow();
            }
        }
        candidates = byBatchRow.upload();
        items = context.full() ? candidates : byShardRow.upload();
    }

    /** Terms whose columns are batchRows of candidates. */
    SparseTerms ofCandidates() {
        return candidates;
    }

    /** Terms whose columns are shardRows. */
    SparseTerms ofItems() {
        return items;
    }

    /** Where the softmax leaves the gradient of every term of a candidate, {@code [terms]}. */
    Floats gradient() {
        return byBatchRow.gradient();
    }

    /** Gradient of the lags' weights, {@code [G]}, from {@link #gradient}. */
    float[] weightGradient() {
        return byBatchRow.weightGradient();
    }
}
