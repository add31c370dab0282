package io.freshet.train.loss;

import io.freshet.model.items.ItemDirectory;
import io.freshet.train.items.ItemShard;

/**
 * The choice of a step's candidates in one shard: all of its items, or the targets of all positions and the negatives
 * that were drawn, as far as they are the shard's. Sampled logits are corrected by the log of how often a candidate is
 * expected among targets and draws (Yi et al., 2019), so that the loss stays that of the full softmax.
 */
final class CandidateSelection {
    private final ItemShard shard;
    private final ItemDirectory directory;

    CandidateSelection(ItemShard shard, ItemDirectory directory) {
        this.shard = shard;
        this.directory = directory;
    }

    /** Fills rows with the candidates and biases with what is added to their logits. */
    void select(StepPositions positions, StepContext context, BatchRows rows, CandidateBiases biases) {
        rows.begin(shard.size());
        if (context.full()) {
            for (int shardRow = 0; shardRow < shard.size(); shardRow++) {
                rows.add(shardRow);
            }
        }
        for (int i = 0; i < positions.count(); i++) {
            add(positions.itemIndex(i), rows);
        }
        for (int draw : context.draws()) {
            add(draw, rows);
        }
        rows.endCandidates();
        biases.begin(rows.candidates());
        NegativeSampler sampler = context.sampler();
        for (int c = 0; c < rows.candidates(); c++) {
            int itemIndex = shard.itemIndex(rows.shardRow(c));
            float popularity = directory.popularityBias(itemIndex, context.tick(), context.logitWeights());
            double expected = context.draws().length * sampler.probability(itemIndex)
                    + positions.count() * sampler.frequency(itemIndex);
            biases.set(
                    c,
                    popularity,
                    context.full() ? popularity : popularity - (float) StrictMath.log(Math.min(1, expected)));
        }
        biases.upload(rows.candidates());
    }

    /** Adds an item's row if the item is this shard's. */
    void add(int itemIndex, BatchRows rows) {
        int shardRow = shard.shardRowOf(directory.item(itemIndex));
        if (shardRow >= 0) {
            rows.add(shardRow);
        }
    }
}
