package io.freshet.train.loss;

import io.freshet.train.items.ItemShards;

/**
 * The softmax over all shards: what a position's logits come to in every shard, put together in lane order. Maximum and
 * sum of exponentials as in the online softmax of Milakov and Gimelshein (2018).
 */
public final class StepLoss {
    private final int lanes;
    /** Largest logit of each shard and position, {@code [L, M]}. */
    private float[][] max;
    /** Sum of exponentials relative to {@link #max}, {@code [L, M]}. */
    private float[][] sum;
    /** What makes a shard's weight the gradient of its logit, {@code [L, M]}. */
    private float[][] factors;
    /** Logit of each target, {@code [M]}. */
    private float[] targetLogits = new float[0];
    /** Score of each target, {@code [M]}. */
    private float[] targetScores = new float[0];
    /** Largest logit of each position in all shards, {@code [M]}. */
    private double[] overallMax = new double[0];
    /** Sum of exponentials of all shards relative to {@link #overallMax}, {@code [M]}. */
    private double[] overallSum = new double[0];

    /** A loss over so many shards. */
    public StepLoss(int lanes) {
        this.lanes = lanes;
        max = new float[lanes][0];
        sum = new float[lanes][0];
        factors = new float[lanes][0];
    }

    /** Begins a step of so many positions. */
    public void begin(int positions) {
        if (targetLogits.length < positions) {
            max = new float[lanes][2 * positions];
            sum = new float[lanes][2 * positions];
            factors = new float[lanes][2 * positions];
            targetLogits = new float[2 * positions];
            targetScores = new float[2 * positions];
            overallMax = new double[2 * positions];
            overallSum = new double[2 * positions];
        }
    }

    /** Takes a shard's part that was computed here. */
    public void take(int lane, ShardLoss shard, StepPositions positions, ItemShards items) {
        for (int i = 0; i < positions.count(); i++) {
            takePartial(lane, i, shard.max(i), shard.sum(i));
            if (items.laneOf(positions.itemIndex(i)) == lane) {
                takeTarget(i, shard.targetLogit(i), shard.targetScore(i));
            }
        }
    }

    /** Takes a shard's maximum and sum of a position. */
    public void takePartial(int lane, int position, float shardMax, float shardSum) {
        max[lane][position] = shardMax;
        sum[lane][position] = shardSum;
    }

    /** Takes the logit and the score of a position's target. */
    public void takeTarget(int position, float logit, float score) {
        targetLogits[position] = logit;
        targetScores[position] = score;
    }

    /** Sum of the losses of all positions, {@code -log p(target)} each. */
    public double total(int positions) {
        double losses = 0;
        for (int i = 0; i < positions; i++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int lane = 0; lane < lanes; lane++) {
                largest = Math.max(largest, max[lane][i]);
            }
            double all = 0;
            for (int lane = 0; lane < lanes; lane++) {
                all += sum[lane][i] == 0 ? 0 : sum[lane][i] * StrictMath.exp(max[lane][i] - largest);
            }
            overallMax[i] = largest;
            overallSum[i] = all;
            losses += StrictMath.log(all) + largest - targetLogits[i];
        }
        return losses;
    }

    /** What makes a shard's weights gradients of the mean loss, {@code [M]}; valid until the next step. */
    public float[] factors(int lane, int positions) {
        float[] mine = factors[lane];
        for (int i = 0; i < positions; i++) {
            mine[i] = sum[lane][i] == 0
                    ? 0f
                    : (float) (StrictMath.exp(max[lane][i] - overallMax[i]) / (overallSum[i] * positions));
        }
        return mine;
    }

    /** Scores of all targets, {@code [M]}; valid until the next step. */
    public float[] targetScores() {
        return targetScores;
    }
}
