package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.SparseTerms;
import io.freshet.model.LogitBiases;
import io.freshet.train.items.ItemShard;

/** One shard's part of the ranks of all targets: the scores of its own, and how many of its items stand before each. */
final class ShardRanks {
    private final Device device;
    private final Kernels kernels;
    private final ItemShard shard;
    /** The shard's items as of this step, {@code [Vs, D]}. */
    private ScoringTable table;
    /** Scores of the targets: of this shard's own, then of all, {@code [M]}. */
    private Floats scores;
    /** Items of this shard that stand before a target, {@code [M]}. */
    private Ints counts;
    /** Scores of this shard's own targets, {@code [M]}. */
    private float[] hostScores = new float[0];
    /** {@link #counts} on the host, {@code [M]}. */
    private int[] hostCounts = new int[0];

    ShardRanks(Device device, Kernels kernels, ItemShard shard) {
        this.device = device;
        this.kernels = kernels;
        this.shard = shard;
        table = shard.scoringTable(0, new float[LogitBiases.COUNT], 0);
        scores = device.floats(0);
        counts = device.ints(0);
    }

    /**
     * Scores the targets that are this shard's.
     *
     * @param queries {@code [M, D]}
     * @param terms added to single scores, by shardRow
     * @param targets shardRows, {@code [M]}; negative where they cannot be scored
     */
    void score(int positions, Floats queries, SparseTerms terms, Ints targets, StepContext context) {
        if (hostScores.length < positions) {
            int capacity = Math.max(64, positions * 3 / 2);
            scores = device.floats(capacity);
            counts = device.ints(capacity);
            hostScores = new float[capacity];
            hostCounts = new int[capacity];
        }
        table = shard.scoringTable(context.tick(), context.logitWeights(), context.rankable());
        kernels.targetScores(positions, table, queries, terms, targets, scores);
        scores.download(0, hostScores, 0, positions);
    }

    /**
     * Counts the items of this shard that stand before the targets.
     *
     * @param queries {@code [M, D]}
     * @param allScores scores of all targets, {@code [M]}
     * @param before items of this shard that stand before a target at the same score, {@code [M]}
     */
    void count(int positions, Floats queries, SparseTerms terms, float[] allScores, Ints before) {
        scores.upload(allScores, 0, 0, positions);
        kernels.countAbove(positions, table, queries, terms, scores, before, counts);
        counts.download(0, hostCounts, 0, positions);
    }

    /** Score of a position's target, which is this shard's; negative infinity if it could not be ranked. */
    float targetScore(int position) {
        return hostScores[position];
    }

    /** Items of this shard that stand before a position's target. */
    int above(int position) {
        return hostCounts[position];
    }
}
